import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { SandboxError } from "../../../src/errors/index.ts";
import type { OutputChunk, RuntimeCommand } from "../../../src/runtime/index.ts";
import type { ExecResult } from "../../../src/sandbox/index.ts";
import { errorOf } from "../support/error-of.ts";
import { activeTimers, noMoreTimersThan, setUp, setUpSandbox } from "../support/set-up.ts";

const out = (text: string): OutputChunk => ({ stream: "stdout", data: Buffer.from(text) });
const err = (text: string): OutputChunk => ({ stream: "stderr", data: Buffer.from(text) });

describe("exec", () => {
  test("A2A-11 hands the arguments over as they are, with the documented surroundings", async () => {
    const { runtime, sandbox } = await setUpSandbox();
    await sandbox.exec("prog", ["$(id)", "a b", "", ";", "*"]);
    await sandbox.exec("prog", [], { cwd: "/tmp", env: { A: "b" }, user: "nobody", stdin: "" });
    expect(runtime.commands("box")).toEqual<RuntimeCommand[]>([
      { argv: ["prog", "$(id)", "a b", "", ";", "*"], cwd: "/workspace", env: {}, stdin: "none" },
      { argv: ["prog"], cwd: "/tmp", env: { A: "b" }, user: "nobody", stdin: "pipe" },
    ]);
  });

  test("A2A-12 shell and python run their code as one argument", async () => {
    const { runtime, sandbox } = await setUpSandbox();
    await sandbox.shell("a | b && c\nd 'e'");
    await sandbox.python("print(1)\n");
    expect(runtime.commands("box").map(({ argv }) => argv)).toEqual([
      ["sh", "-c", "a | b && c\nd 'e'"],
      ["python", "-c", "print(1)\n"],
    ]);
  });

  test("A2A-1 A2A-2 A2A-3 collects both streams and the exit", async () => {
    const { sandbox } = await setUpSandbox({
      program: () => ({ output: [out("a"), err("x"), out("b"), err("y")], exitCode: 3 }),
    });
    const result = await sandbox.exec("prog");
    expect(result).toMatchObject({
      stdout: "ab",
      stderr: "xy",
      output: "abxy",
      exitCode: 3,
      ok: false,
      running: false,
    });
    expect(Object.isFrozen(result)).toBe(true);
    expect(result.durationMs).toBeGreaterThanOrEqual(0);
  });

  test("tells how a signal and the out-of-memory killer ended a command", async () => {
    const { sandbox } = await setUpSandbox({
      program: ({ argv }) => ({ exitCode: 137, signal: "SIGKILL", oomKilled: argv[0] === "hungry" }),
    });
    expect(await sandbox.exec("hungry")).toMatchObject({
      exitCode: 137,
      signal: "SIGKILL",
      oomKilled: true,
      ok: false,
    });
    expect(await sandbox.exec("other")).toMatchObject({ exitCode: 137, signal: "SIGKILL", oomKilled: false });
  });

  test("check throws on every result that is not ok, with the result", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["text"], exitCode: 2 }) });
    const error = await errorOf(sandbox.exec("prog", ["hunter2"], { check: true }));
    expect(error).toMatchObject({ code: "command_failed", data: { sandbox: "box" } });
    expect((error.data.result as ExecResult).stdout).toBe("text");
    expect(error.message).toBe('The command "prog" in box failed with exit code 2.');
  });

  test("check throws after the time limit, too", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    expect(await errorOf(sandbox.exec("prog", [], { check: true, timeoutMs: 10 }))).toMatchObject({
      code: "command_failed",
      message: 'The command "prog" in box was killed after its time limit of 10 ms.',
      data: { result: { timedOut: true, exitCode: 124 } },
    });
  });

  test("check lets a good result pass", async () => {
    const { sandbox } = await setUpSandbox();
    expect((await sandbox.exec("prog", [], { check: true })).ok).toBe(true);
  });

  test("runs many commands at once without mixing them up", async () => {
    const { sandbox } = await setUpSandbox({
      program: async ({ argv }) => ({
        output: [argv[1] ?? "", { delayMs: 1 }, `${argv[1]}!`],
        exitCode: Number(argv[1]),
      }),
    });
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) => sandbox.exec("prog", [`${index}`])),
    );
    expect(results.map(({ stdout, exitCode }) => [stdout, exitCode])).toEqual(
      results.map((_, index) => [`${index}${index}!`, index]),
    );
  });

  test("leaves no timer behind", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["a"] }) });
    const before = activeTimers();
    await sandbox.exec("prog", [], { timeoutMs: 2 ** 40 });
    await sandbox.shell("x".repeat(200_000));
    await noMoreTimersThan(before);
  });

  test.each<[string, unknown[]]>([
    ["cmd", ["a\0b"]],
    ["args.0", ["a", ["\0"]]],
    ["cwd", ["a", [], { cwd: "here" }]],
    ["timeout", ["a", [], { timeout: 1 }]],
  ])("refuses a wrong %s before the runtime hears of it", async (field, args) => {
    const { runtime, sandbox } = await setUpSandbox();
    const exec = sandbox.exec as (...all: unknown[]) => Promise<unknown>;
    expect(await errorOf(exec.apply(sandbox, args))).toMatchObject({
      code: "invalid_argument",
      data: { field },
    });
    expect(runtime.commands("box")).toEqual([]);
  });

  test("refuses what the runtime cannot do", async () => {
    const { sandbox } = await setUpSandbox({ capabilities: { users: false, languages: ["shell"] } });
    const unsupported = (capability: string) => ({
      code: "unsupported",
      data: { runtime: "fake", capability },
    });
    expect(await errorOf(sandbox.exec("a", [], { user: "root" }))).toMatchObject(unsupported("users"));
    expect(await errorOf(sandbox.spawn("a", [], { user: "root" }))).toMatchObject(unsupported("users"));
    expect(await errorOf(sandbox.shell("a", { user: "root" }))).toMatchObject(unsupported("users"));
    expect(await errorOf(sandbox.python("a"))).toMatchObject(unsupported("languages"));
    expect((await sandbox.shell("a")).ok).toBe(true);
  });

  test("refuses python where only the client's one-shot asks for it, and tears down", async () => {
    const { runtime, client } = setUp({ capabilities: { languages: ["shell"] } });
    expect((await errorOf(client.runPython("a"))).code).toBe("unsupported");
    expect(await runtime.list()).toEqual([]);
  });
});

describe("a stream that ends without its exit record", () => {
  const incomplete = new SandboxError("stream_incomplete", "It broke.");

  test("is an error, with what the runtime says", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["part"], breaksWith: incomplete }) });
    expect(await errorOf(sandbox.exec("prog"))).toBe(incomplete);
  });

  test.each([null, "0", -1, 256, 0.5, Number.NaN])(
    "is an error when the runtime gives %j for an exit code, never success",
    async (exitCode) => {
      const { sandbox } = await setUpSandbox({ program: () => ({ exitCode: exitCode as number }) });
      expect((await errorOf(sandbox.exec("prog"))).code).toBe("stream_incomplete");
      expect((await errorOf((await sandbox.spawn("prog")).wait())).code).toBe("stream_incomplete");
    },
  );

  test("is an error of the runtime's own when it throws something unknown", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ breaksWith: new Error("EPIPE") }) });
    expect(await errorOf(sandbox.exec("prog"))).toMatchObject({
      code: "runtime_error",
      cause: { message: "EPIPE" },
    });
  });

  test("is the wait's error when the output ended well", async () => {
    const { runtime, sandbox } = await setUpSandbox({ program: () => ({ output: ["a"] }) });
    runtime.fail("process.wait", new SandboxError("sandbox_lost", "Gone."));
    expect((await errorOf(sandbox.exec("prog"))).code).toBe("sandbox_lost");
  });
});

describe("output that does not end although the command has", () => {
  test("is given up when it is quiet for long", async () => {
    const { runtime, sandbox } = await setUpSandbox(
      { program: () => ({ output: ["all"], exitCode: 4 }) },
      { deadlines: { quietOutputMs: 50 } },
    );
    runtime.hang("process.output");
    expect(await sandbox.exec("prog", [], { timeoutMs: Number.POSITIVE_INFINITY })).toMatchObject({
      exitCode: 4,
      stdout: "",
    });
  });

  test("is waited for while the callback is what is slow", async () => {
    const { sandbox } = await setUpSandbox(
      { program: () => ({ output: ["a", "b", "c"] }) },
      { deadlines: { quietOutputMs: 5 } },
    );
    const result = await sandbox.exec("prog", [], { onStdout: () => pause(30) });
    expect(result.stdout).toBe("abc");
  });
});
