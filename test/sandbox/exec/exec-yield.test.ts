import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { ExecResult, RunningExec } from "../../../src/sandbox/index.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { CountingController } from "../support/counting-signal.ts";
import { errorOf } from "../support/error-of.ts";
import { setUpSandbox } from "../support/set-up.ts";

function running(result: ExecResult | RunningExec): RunningExec {
  if (!result.running) return expect.unreachable("the command is done already");
  return result;
}

const noLimit = { timeoutMs: Number.POSITIVE_INFINITY };

describe("yieldAfterMs", () => {
  test("gives the result of a command that is quicker", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["a"] }) });
    expect(await sandbox.exec("prog", [], { yieldAfterMs: 60_000 })).toMatchObject({
      running: false,
      stdout: "a",
    });
  });

  test("gives a command that goes on, with what it printed so far, whole characters only", async () => {
    const gate = Promise.withResolvers<void>();
    const bytes = Buffer.from("aé");
    const { sandbox } = await setUpSandbox({
      program: () => ({
        output: (async function* () {
          yield bytes.subarray(0, 2);
          yield { stream: "stderr" as const, data: Buffer.from("err") };
          await gate.promise;
          yield bytes.subarray(2);
        })(),
        exitCode: 3,
      }),
    });
    const command = running(await sandbox.exec("prog", [], { yieldAfterMs: 20 }));
    await waitUntil("stderr is there", () => command.stderr === "err");
    expect(command.stdout).toBe("a");
    gate.resolve();
    const [first, second] = await Promise.all([command.wait(), command.wait()]);
    expect(first).toBe(second);
    expect(first).toMatchObject({ running: false, stdout: "aé", stderr: "err", exitCode: 3 });
    expect(command.stdout).toBe("aé");
  });

  test.each(["exec", "shell", "python"] as const)("works for %s", async (method) => {
    const { sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    const options = { yieldAfterMs: 5 };
    const result = method === "exec" ? sandbox.exec("a", [], options) : sandbox[method]("a", options);
    const command = running(await result);
    await command.kill();
    expect(await command.wait()).toMatchObject({
      signal: "SIGKILL",
      exitCode: 137,
      timedOut: false,
      ok: false,
    });
  });

  test("of 0 yields at once, before the command has even started", async () => {
    const { runtime, sandbox } = await setUpSandbox({ program: () => ({ output: ["a"], hangs: true }) });
    runtime.hang("spawn");
    const command = running(await sandbox.exec("prog", [], { yieldAfterMs: 0 }));
    expect(command.stdout).toBe("");
    const killing = command.kill("SIGTERM");
    runtime.clear("spawn");
    await killing;
    expect((await command.wait()).signal).toBe("SIGTERM");
  });

  test("leaves the time limit in force", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["a"], hangs: true }) });
    const command = running(await sandbox.exec("prog", [], { yieldAfterMs: 5, timeoutMs: 60 }));
    expect(await command.wait()).toMatchObject({ timedOut: true, exitCode: 124, stdout: "a" });
  });

  test("leaves the signal in force", async () => {
    const controller = new CountingController();
    const { sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    const command = running(
      await sandbox.exec("prog", [], { ...noLimit, yieldAfterMs: 5, signal: controller.signal }),
    );
    controller.abort();
    expect((await errorOf(command.wait())).code).toBe("cancelled");
    expect(controller.listeners).toBe(0);
  });

  test("leaves check in force, and no rejection unhandled when nobody waits", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: [{ delayMs: 20 }], exitCode: 1 }) });
    const command = running(await sandbox.exec("prog", [], { yieldAfterMs: 1, check: true }));
    await pause(50);
    expect((await errorOf(command.wait())).code).toBe("command_failed");
  });

  test("keeps a long script's file until the command is done", async () => {
    const { runtime, sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    const command = running(await sandbox.shell("x".repeat(200_000), { yieldAfterMs: 5 }));
    await waitUntil("the command runs", () => runtime.commands("box").length === 1);
    expect(runtime.files("box").paths()).toHaveLength(1);
    await command.kill();
    await command.wait();
    expect(runtime.files("box").paths()).toEqual([]);
  });

  test("kill checks the signal", async () => {
    const { sandbox } = await setUpSandbox({
      program: () => ({ hangs: true }),
      capabilities: { signals: false },
    });
    const command = running(await sandbox.exec("prog", [], { yieldAfterMs: 0 }));
    expect((await errorOf(command.kill("SIGNOPE" as "SIGINT"))).code).toBe("invalid_argument");
    expect(await errorOf(command.kill("SIGINT"))).toMatchObject({
      code: "unsupported",
      data: { capability: "signals" },
    });
    await command.kill("SIGTERM");
    expect((await command.wait()).signal).toBe("SIGTERM");
    await command.kill();
  });
});
