import { describe, expect, test } from "vitest";
import { SandboxError } from "../../../src/errors/index.ts";
import { errorOf } from "../support/error-of.ts";
import { setUpSandbox } from "../support/set-up.ts";

const longest = "x".repeat(131_071);

describe("code that is too long for an argument", () => {
  test.each([
    ["shell", "sh", ["sh"]],
    ["python", "py", ["python", "-c"]],
  ] as const)(
    "of %s goes through a file that is there while it runs and gone afterwards",
    async (method, extension, start) => {
      const code = `${longest}é`;
      let seen = "";
      const { runtime, sandbox } = await setUpSandbox({
        program: ({ argv }, { files }) => {
          seen = Buffer.from(files.read(argv.at(-1) ?? "")).toString();
          return { output: ["ran"], exitCode: 7 };
        },
      });
      expect(await sandbox[method](code)).toMatchObject({ stdout: "ran", exitCode: 7 });
      expect(seen).toBe(code);
      const [command] = runtime.commands("box");
      expect(command?.argv.slice(0, start.length)).toEqual(start);
      expect(command?.argv.at(-1)).toMatch(new RegExp(`^/tmp/\\.ctx-sandbox-[0-9a-f]{16}\\.${extension}$`));
      expect(runtime.files("box").paths()).toEqual([]);
    },
  );

  test("is only then put in a file", async () => {
    const { runtime, sandbox } = await setUpSandbox();
    await sandbox.shell(longest);
    expect(runtime.commands("box")[0]?.argv).toEqual(["sh", "-c", longest]);
    expect(runtime.calls.some(({ primitive }) => primitive === "tarIn")).toBe(false);
  });

  test("can be read by the user it runs as, and by nobody else", async () => {
    const modes: number[] = [];
    const { sandbox } = await setUpSandbox({
      program: async ({ argv }, { files }) => {
        modes.push((await files.stat(argv.at(-1) ?? "")).mode);
        return {};
      },
    });
    await sandbox.shell(`${longest}x`);
    await sandbox.shell(`${longest}x`, { user: "nobody" });
    expect(modes).toEqual([0o600, 0o644]);
  });

  test.each([
    ["a time limit", { timeoutMs: 20 }],
    [
      "a failed callback",
      {
        onStdout: () => {
          throw new Error("mine");
        },
      },
    ],
    ["check", { check: true, timeoutMs: 20 }],
  ])("leaves no file after %s", async (_what, options) => {
    const { runtime, sandbox } = await setUpSandbox({ program: () => ({ output: ["a"], hangs: true }) });
    await sandbox.shell(`${longest}x`, options).catch(() => {});
    expect(runtime.commands("box")).toHaveLength(1);
    expect(runtime.files("box").paths()).toEqual([]);
  });

  test("is not run when it cannot be written", async () => {
    const { runtime, sandbox } = await setUpSandbox();
    runtime.fail("tarIn", new SandboxError("storage_full", "Full."));
    expect((await errorOf(sandbox.shell(`${longest}x`))).code).toBe("storage_full");
    expect(runtime.commands("box")).toEqual([]);
  });

  test("answers although the writing hangs, and although the removing does", async () => {
    const { runtime, sandbox } = await setUpSandbox({}, { deadlines: { writeMs: 20, settleMs: 20 } });
    runtime.hang("files");
    expect((await sandbox.shell(`${longest}x`)).ok).toBe(true);
    runtime.clear();
    runtime.hang("tarIn");
    expect((await errorOf(sandbox.shell(`${longest}x`))).code).toBe("deadline_exceeded");
  });
});
