import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerRuntime } from "../../../runtimes/docker/index.ts";
import type { RuntimeProcess, RuntimeSandbox } from "../../../src/runtime/index.ts";
import { describeWith } from "../../support/components.ts";
import { runCommand, testSpec } from "../../support/run-command.ts";

describeWith("docker", "process trees of a Docker sandbox", (host) => {
  const runtime = dockerRuntime({ host });
  let sandbox: RuntimeSandbox;

  beforeAll(async () => {
    sandbox = await runtime.create(testSpec());
  });
  afterAll(async () => {
    await sandbox.destroy();
    await runtime.close();
  });

  const start = (script: string, into: RuntimeSandbox = sandbox): Promise<RuntimeProcess> =>
    into.spawn({ argv: ["sh", "-c", script], env: {}, cwd: "/workspace", stdin: "none" });

  /** How many processes run `sleep` with that argument. */
  async function sleepers(seconds: number, within: RuntimeSandbox = sandbox): Promise<number> {
    const script = `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -xA1 sleep | grep -cx ${seconds}`;
    return Number((await runCommand(within, ["sh", "-c", script])).stdout);
  }

  async function until(condition: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error("the condition did not come true within 30 s");
      await sleep(50);
    }
  }

  const disguises: Readonly<Record<string, string>> = {
    "a child": "sleep 1111 & sleep 1111",
    "a double fork in a new session": "(setsid sh -c 'sleep 1111 & sleep 1111' &) ; sleep 1111",
    "a cleared environment": "(env -i setsid sleep 1111 &) ; env -i setsid sleep 1111",
    "polite signals ignored": "trap '' TERM INT HUP; (setsid sleep 1111 &) ; sleep 1111",
    "a lowered CPU limit of its own": "ulimit -t 5000; (setsid sleep 1111 &) ; sleep 1111",
    "a stopped process": "sleep 1111 & sleep 0.3; kill -STOP $!; sleep 1111",
  };

  test.each(Object.entries(disguises))("SIGKILL ends a tree with %s, and no other", async (_name, script) => {
    const other = await start("(setsid sleep 2222 &) ; sleep 2222");
    const process = await start(script);
    await until(async () => (await sleepers(1111)) >= 2 && (await sleepers(2222)) === 2);
    await process.kill("SIGKILL");
    expect(await process.wait()).toEqual({ exitCode: 137, signal: "SIGKILL", oomKilled: false });
    expect(await sleepers(1111)).toBe(0);
    expect(await sleepers(2222)).toBe(2);
    await other.kill("SIGKILL");
    expect(await sleepers(2222)).toBe(0);
  });

  test("a program that kills all it can cannot stop its own end", async () => {
    const process = await start("while :; do kill -9 -1; done");
    await sleep(300);
    await process.kill("SIGKILL");
    await process.wait();
    expect(await runCommand(sandbox, ["echo", "alive"])).toMatchObject({ stdout: "alive\n" });
  });

  test("a fork bomb stops at the cap and ends", async () => {
    const bomb = "import os, time\nwhile True:\n  try: os.fork()\n  except OSError: time.sleep(0.01)";
    const process = await start(`exec python3 -c '${bomb}'`);
    await until(async () => (await sandbox.stats()).pids >= 60);
    await process.kill("SIGKILL");
    await process.wait();
    await until(async () => (await sandbox.stats()).pids < 10);
    expect(await runCommand(sandbox, ["echo", "alive"])).toMatchObject({ stdout: "alive\n" });
  });

  test("SIGTERM reaches the whole tree and can be handled", async () => {
    const process = await start(
      "trap 'echo got it; exit 7' TERM; (trap 'echo me too' TERM; sleep 1111 & wait) & echo up; wait",
    );
    let text = "";
    for await (const { data } of process.output) {
      const before = text;
      text += Buffer.from(data).toString();
      if (!before.includes("up") && text.includes("up")) {
        await until(async () => (await sleepers(1111)) === 1);
        await process.kill("SIGTERM");
      }
    }
    expect(text).toContain("got it");
    expect(text).toContain("me too");
    expect(await process.wait()).toMatchObject({ exitCode: 7 });
    await until(async () => (await sleepers(1111)) === 0);
  });

  test("zombies are reaped", async () => {
    await runCommand(sandbox, ["sh", "-c", "for i in $(seq 200); do (sleep 0.01 &) ; done"]);
    await until(
      async () =>
        (
          await runCommand(sandbox, [
            "sh",
            "-c",
            "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l",
          ])
        ).stdout.trim() === "0",
    );
  });

  test("everything killed from inside leaves a sandbox that works and logs", async () => {
    await runCommand(sandbox, ["sh", "-c", "kill -9 -1"]);
    expect(await runCommand(sandbox, ["echo", "alive"])).toMatchObject({ stdout: "alive\n" });
  });

  test("root inside that kills every helper is frozen at the latest, and the call returns", async () => {
    const rooted = await runtime.create(testSpec({ profile: "root" }));
    try {
      const process = await start("while :; do kill -9 -1; done", rooted);
      await sleep(300);
      await process
        .kill("SIGKILL")
        .catch((error: { code: string }) => expect(error.code).toBe("not_running"));
      const { status } = await rooted.inspect();
      if (status === "running")
        expect(await runCommand(rooted, ["echo", "alive"])).toMatchObject({ stdout: "alive\n" });
      else expect(status).toBe("stopped");
    } finally {
      await rooted.destroy();
    }
  });

  test("stop asks, waits, then ends; kill does not ask; both keep files and are idempotent", async () => {
    const polite = await start("trap 'echo bye > polite; exit' TERM; sleep 1111 & wait");
    await until(async () => (await sleepers(1111)) === 1);
    const stubborn = await start("trap '' TERM; while :; do sleep 1111; done");
    await until(async () => (await sleepers(1111)) === 2);
    await sandbox.stop({ graceMs: 1_000 });
    await sandbox.stop({ graceMs: 1_000 });
    expect((await sandbox.inspect()).status).toBe("stopped");
    await expect(runCommand(sandbox, ["true"])).rejects.toMatchObject({ code: "not_running" });
    await sandbox.start();
    await sandbox.start();
    await polite.wait();
    await stubborn.wait();
    expect(await sleepers(1111)).toBe(0);
    expect(await runCommand(sandbox, ["cat", "polite"])).toMatchObject({ stdout: "bye\n" });
    await start("sleep 1111");
    await until(async () => (await sleepers(1111)) === 1);
    await sandbox.kill();
    await sandbox.kill();
    await sandbox.start();
    expect(await sleepers(1111)).toBe(0);
    expect(await runCommand(sandbox, ["cat", "polite"])).toMatchObject({ stdout: "bye\n" });
  });
});
