import { describe, expect, test } from "vitest";
import { runBytes, testRuntime, testSandbox } from "./support/embedded.ts";

const runtime = testRuntime();
const shared = testSandbox(runtime);
const allBytes = Uint8Array.from({ length: 256 }, (_, index) => index);

describe("every byte", () => {
  test.each([
    { what: "a program's", argv: ["cat"] },
    { what: "a script's, of one pipeline", argv: ["sh", "-c", "cat | cat"] },
    {
      what: "a script's with redirections",
      argv: ["sh", "-c", "cat > f && cat < f > g; cat g > h"],
      file: true,
    },
    {
      what: "Python's",
      argv: ["python3", "-c", "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"],
    },
    {
      what: "Python's os.write",
      argv: ["python3", "-c", "import os, sys; os.write(1, sys.stdin.buffer.read())"],
    },
  ] as const)("of stdin comes out of $what", async ({ argv, ...rest }) => {
    const sandbox = await shared;
    let { stdout } = await runBytes(sandbox, [...argv], { input: allBytes });
    if ("file" in rest) ({ stdout } = await runBytes(sandbox, ["cat", "h"]));
    expect(stdout.equals(allBytes)).toBe(true);
  });

  test("of 8 MiB comes out", async () => {
    const input = Buffer.concat(Array.from({ length: 32_768 }, () => allBytes));
    const { stdout } = await runBytes(await shared, ["cat"], { input });
    expect(stdout.equals(input)).toBe(true);
  });
});

describe("text", () => {
  const text = "é漢😀 ÿ Ã© \u00a0\n";

  test.each([
    { what: "a program", argv: ["printf", "%s", text] },
    { what: "a pipeline", argv: ["sh", "-c", 'printf %s "$1" | cat', "sh", text] },
    { what: "a longer script", argv: ["sh", "-c", 'x=$1; printf %s "$x"', "sh", text] },
    { what: "Python", argv: ["python3", "-c", "import sys; print(sys.argv[1], end='')", text] },
  ] as const)("comes out of $what unchanged", async ({ argv }) => {
    expect((await runBytes(await shared, [...argv])).stdout.toString()).toBe(text);
  });
});

describe("what is known to be lost", () => {
  test.fails("printf of bytes that are not text, within the interpreter", async () => {
    const { stdout } = await runBytes(await shared, ["sh", "-c", "printf '\\377' | od -An -tx1"]);
    expect(stdout.toString().trim()).toBe("ff");
  });

  test.fails("bytes that are not text, out of a script of several commands", async () => {
    const { stdout } = await runBytes(await shared, ["sh", "-c", "cat; true"], {
      input: Uint8Array.of(0xff),
    });
    expect([...stdout]).toEqual([0xff]);
  });
});
