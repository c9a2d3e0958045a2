import { describe, expect, test } from "vitest";
import { runBytes, runShell, testRuntime, testSandbox } from "./support/embedded.ts";

const runtime = testRuntime();
const shared = testSandbox(runtime, { env: { FROM: "sandbox", BOTH: "sandbox" } });

const run = async (argv: readonly [string, ...string[]], fields = {}) => {
  const { stdout, stderr, ...exit } = await runBytes(await shared, argv, fields);
  return { ...exit, stdout: stdout.toString(), stderr: stderr.toString() };
};
const shell = async (script: string, fields = {}) => await runShell(await shared, script, fields);

describe("a program", () => {
  test("gets its arguments as they are", async () => {
    const words = ["a b", "$HOME", "`x`", "it's", "*", "", "--", "-n", "new\nline", "\\", "é😀", "__proto__"];
    const { stdout } = await run(["printf", "[%s]", ...words, "--help"]);
    expect(stdout).toBe([...words, "--help"].map((word) => `[${word}]`).join(""));
  });

  test.each(["if", "A=1", "echo; echo", "$(echo echo)", "e*", "cd", "eval", "export", "source", "exec", ""])(
    "that is not there is 127, also when a shell would know the word: %j",
    async (program) => {
      const { exitCode, stdout, stderr } = await run([program, "/"]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 127, stdout: "" });
      expect(stderr).toContain("not found");
    },
  );

  test("that may not be executed, and a folder, is 126", async () => {
    await shell("echo 'echo no' > plain; mkdir -p folder");
    for (const program of ["./plain", "./folder", "/workspace/plain"]) {
      expect(await run([program])).toMatchObject({
        exitCode: 126,
        stdout: "",
        stderr: expect.stringMatching(/./),
      });
    }
  });

  test("runs in its folder, and nowhere when that is missing", async () => {
    expect(await run(["pwd"], { cwd: "/tmp" })).toMatchObject({ stdout: "/tmp\n" });
    const { exitCode, stdout, stderr } = await run(["pwd"], { cwd: "/no such" });
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 126,
      stdout: "",
      stderr: "sh: cwd /no such does not exist\n",
    });
    expect((await run(["pwd"], { cwd: "/etc/passwd" })).exitCode).toBe(126);
  });

  test("sees the sandbox's environment and its own, and its own wins", async () => {
    const { stdout } = await run(["printenv"], { env: { BOTH: "own", OWN: "a b\n'$x'" } });
    expect(stdout).toContain("FROM=sandbox\n");
    expect(stdout).toContain("BOTH=own\n");
    expect(stdout).toContain("OWN=a b\n'$x'\n");
    expect(stdout).toContain("HOME=/workspace\n");
  });

  test("is found where the PATH says", async () => {
    await shell("mkdir -p bin; printf '#!/bin/sh\\necho own tool $1\\n' > bin/own; chmod +x bin/own");
    expect((await run(["own"])).exitCode).toBe(127);
    expect((await run(["own", "x"], { env: { PATH: "/workspace/bin:/bin" } })).stdout).toBe("own tool x\n");
  });
});

describe("a shell", () => {
  test.each([
    { argv: ["sh", "-c", 'echo "$0|$1|$#|$@"', "zero", "a b", "c"], stdout: "zero|a b|2|a b c\n" },
    { argv: ["bash", "-ec", "false; echo no"], stdout: "", exitCode: 1 },
    { argv: ["bash", "-euo", "pipefail", "-c", "false | true; echo no"], stdout: "", exitCode: 1 },
    { argv: ["sh", "-c", "echo $UNSET; exit 300"], stdout: "\n", exitCode: 44 },
    { argv: ["sh", "-c"], stdout: "", exitCode: 2 },
    { argv: ["sh", "/no/such/script"], stdout: "", exitCode: 127 },
    { argv: ["sh", "-c", "printf 'a\n   b\n'"], stdout: "a\n   b\n" },
  ] as const)("$argv", async ({ argv, stdout, ...rest }) => {
    const { exitCode = 0 } = rest as { exitCode?: number };
    expect(await run([...argv])).toMatchObject({ stdout, exitCode, oomKilled: false });
  });

  test("takes its script from a file and from stdin", async () => {
    await shell("echo 'echo \"$0 $1\"; cat' > script.sh");
    expect((await run(["sh", "script.sh", "one"], { input: "input" })).stdout).toBe("script.sh one\ninput");
    expect((await run(["sh"], { input: "echo from $0; cat; echo end" })).stdout).toBe("from sh\nend\n");
  });

  test("goes on with what it printed when a redirection fails, but not with the script", async () => {
    const { exitCode, stdout, stderr } = await shell(
      "echo before; (echo x > no/such); echo after; echo x > /etc/no; echo end",
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "before\nafter\n" });
    expect(stderr).toBe(
      "sh: /workspace/no/such: No such file or directory\nsh: /etc/no: Permission denied\n",
    );
  });

  test("keeps no state but files from one command to the next", async () => {
    await shell("cd /tmp; export LEFT=1; f() { :; }; shopt -s nullglob; echo x > /workspace/left");
    expect((await shell("pwd; echo $LEFT.; echo *.none; cat left; f")).stdout).toBe(
      "/workspace\n.\n*.none\nx\n",
    );
  });

  test("runs scripts of any length", async () => {
    const { stdout } = await shell(`${"true # filler\n".repeat(20_000)}echo end\n`);
    expect(stdout).toBe("end\n");
  });
});

describe("stdin", () => {
  test("is at its end when there is none", async () => {
    expect((await run(["cat"])).stdout).toBe("");
  });

  test("of more than 64 MiB is refused, and the sandbox lives on", async () => {
    const sandbox = await shared;
    const process = await sandbox.spawn({ argv: ["wc", "-c"], env: {}, cwd: "/", stdin: "pipe" });
    const piece = new Uint8Array(8 << 20);
    const write = async () => {
      for (let count = 0; count < 9; count++) await process.writeStdin(piece);
    };
    await expect(write()).rejects.toMatchObject({ code: "limit_exceeded" });
    await process.kill("SIGKILL");
    expect(await process.wait()).toEqual({ exitCode: 137, signal: "SIGKILL", oomKilled: false });
    expect((await shell("echo usable")).stdout).toBe("usable\n");
  });

  test("that finds no room is storage_full", async () => {
    const caps = { memoryMib: 128, cpus: 1, pids: 8, diskMib: 2, openFiles: 16 };
    const sandbox = await testSandbox(runtime, { caps });
    const process = await sandbox.spawn({ argv: ["cat"], env: {}, cwd: "/", stdin: "pipe" });
    await expect(process.writeStdin(new Uint8Array(3 << 20))).rejects.toMatchObject({ code: "storage_full" });
    await process.kill("SIGKILL");
    const again = await runBytes(sandbox, ["wc", "-c"], { input: new Uint8Array(1_500_000) });
    expect(again.stdout.toString().trim()).toBe("1500000");
    await sandbox.destroy();
  });
});

describe("a user", () => {
  test("is refused", async () => {
    const sandbox = await shared;
    await expect(
      sandbox.spawn({ argv: ["true"], env: {}, cwd: "/", stdin: "none", user: "root" }),
    ).rejects.toMatchObject({ code: "unsupported", data: { capability: "users" } });
  });
});

describe("a signal", () => {
  test("other than SIGKILL and SIGTERM is refused", async () => {
    const process = await (await shared).spawn({ argv: ["sleep", "60"], env: {}, cwd: "/", stdin: "none" });
    await expect(process.kill("SIGINT")).rejects.toMatchObject({ code: "unsupported" });
    await process.kill("SIGTERM");
    await process.kill("SIGKILL");
    expect(await process.wait()).toEqual({ exitCode: 143, signal: "SIGTERM", oomKilled: false });
  });
});
