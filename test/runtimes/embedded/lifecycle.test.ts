import { describe, expect, test } from "vitest";
import { embeddedRuntime } from "../../../runtimes/embedded/index.ts";
import type { RuntimeSandbox } from "../../../src/runtime/index.ts";
import { testSpec } from "../../support/run-command.ts";
import { waitUntil } from "../../support/wait-until.ts";
import {
  defaultCaps,
  runBytes,
  runPython,
  runShell,
  supervisorPids,
  testRuntime,
  testSandbox,
} from "./support/embedded.ts";

const runtime = testRuntime();
const forever = ["sleep", "100000"] as const;

async function readLogs(sandbox: RuntimeSandbox, options = {}): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of sandbox.logs(options)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function spawn(sandbox: RuntimeSandbox, argv: readonly [string, ...string[]]) {
  return sandbox.spawn({ argv, env: {}, cwd: "/workspace", stdin: "none" });
}

function youngestSupervisor(): number {
  const [pid] = supervisorPids();
  if (pid === undefined) throw new Error("there is no process of a sandbox");
  return pid;
}

describe("a sandbox", () => {
  test("is found by its name and listed until it is destroyed", async () => {
    const labels = { "odd key\n": "odd 'value'", __proto__: "own" };
    const sandbox = await testSandbox(runtime, { labels: Object.fromEntries(Object.entries(labels)) });
    expect(await runtime.attach(sandbox.name)).toBe(sandbox);
    expect(await runtime.list()).toContainEqual(await sandbox.inspect());
    expect(await sandbox.inspect()).toMatchObject({
      runtime: "embedded",
      isolation: "interpreter",
      status: "running",
      labels: { "odd key\n": "odd 'value'" },
    });
    await sandbox.destroy();
    await sandbox.destroy();
    await expect(runtime.attach(sandbox.name)).rejects.toMatchObject({ code: "not_found" });
    await expect(sandbox.inspect()).rejects.toMatchObject({ code: "sandbox_lost" });
    await expect(spawn(sandbox, ["true"])).rejects.toMatchObject({ code: "sandbox_lost" });
    expect((await runtime.list()).map(({ name }) => name)).not.toContain(sandbox.name);
  });

  test("has its name for itself, also while it is made", async () => {
    const spec = testSpec();
    const creating = runtime.create(spec);
    await expect(runtime.create(spec)).rejects.toMatchObject({ code: "already_exists" });
    const attached = runtime.attach(spec.name);
    expect(await attached).toBe(await creating);
    await expect(runtime.create(spec)).rejects.toMatchObject({ code: "already_exists" });
    await (await creating).destroy();
    await (await runtime.create(spec)).destroy();
  });

  test("is not made when its creation is cancelled", async () => {
    const abort = new AbortController();
    const spec = testSpec();
    const creating = runtime.create(spec, { signal: abort.signal });
    abort.abort();
    await expect(creating).rejects.toMatchObject({ code: "cancelled" });
    await expect(runtime.attach(spec.name)).rejects.toMatchObject({ code: "not_found" });
    await (await runtime.create(spec)).destroy();
  });

  test("keeps the expiry that it was given last", async () => {
    const expiresAt = new Date(Date.now() + 1_000_000);
    const sandbox = await testSandbox(runtime, { expiresAt });
    expect((await sandbox.inspect()).expiresAt).toEqual(expiresAt);
    const later = new Date(Date.now() + 2_000_000);
    await sandbox.extend(later);
    expect((await sandbox.inspect()).expiresAt).toEqual(later);
    await sandbox.destroy();
  });

  test("tells nothing that could be swept", async () => {
    expect(await runtime.sweep()).toEqual([]);
  });
});

describe("stop and kill", () => {
  test.each(["stop", "kill"] as const)("%s ends every command and keeps the files", async (verb) => {
    const sandbox = await testSandbox(runtime);
    await runShell(sandbox, "echo kept > kept");
    const busy = await spawn(sandbox, ["sh", "-c", "while :; do :; done"]);
    const python = await spawn(sandbox, ["python3", "-c", "while True: pass"]);
    const waiting = await sandbox.spawn({ argv: ["cat"], env: {}, cwd: "/", stdin: "pipe" });
    await Promise.all([sandbox[verb]({ graceMs: 60_000 }), sandbox[verb]({ graceMs: 0 })]);
    const signal = verb === "stop" ? "SIGTERM" : "SIGKILL";
    for (const process of [busy, python, waiting]) expect(await process.wait()).toMatchObject({ signal });
    expect((await sandbox.inspect()).status).toBe("stopped");
    expect(await runtime.list()).toContainEqual(
      expect.objectContaining({ name: sandbox.name, status: "stopped" }),
    );
    for (const refused of [
      () => spawn(sandbox, ["true"]),
      () => sandbox.files.stat("/workspace"),
      () => sandbox.stats(),
    ]) {
      await expect(refused()).rejects.toMatchObject({ code: "not_running" });
    }
    await sandbox.start();
    await sandbox.start();
    expect((await runShell(sandbox, "cat kept")).stdout).toBe("kept\n");
    await sandbox.destroy();
  });
});

describe("a killed command", () => {
  test("is gone at once, and the next one runs", async () => {
    const sandbox = await testSandbox(runtime);
    await runShell(sandbox, "echo kept > kept");
    for (const argv of [forever, ["sh", "-c", "while :; do :; done"]] as const) {
      const process = await spawn(sandbox, argv);
      await waitUntil("the command runs", async () => (await sandbox.stats()).pids === 1);
      await Promise.all([process.kill("SIGKILL"), process.kill("SIGTERM"), process.kill("SIGKILL")]);
      expect(await process.wait()).toEqual({ exitCode: 137, signal: "SIGKILL", oomKilled: false });
      for await (const _piece of process.output) expect.unreachable("there is no output");
      expect((await runShell(sandbox, "cat kept")).stdout).toBe("kept\n");
    }
    await sandbox.destroy();
  });

  test("that has ended already, is no error", async () => {
    const sandbox = await testSandbox(runtime);
    const process = await spawn(sandbox, ["true"]);
    expect(await process.wait()).toEqual({ exitCode: 0, oomKilled: false });
    await process.kill("SIGKILL");
    expect(await process.wait()).toEqual({ exitCode: 0, oomKilled: false });
    await process.writeStdin(Buffer.from("dropped"));
    await process.closeStdin();
    await sandbox.destroy();
  });

  test("leaves those beside it alone, and those in line come up", async () => {
    const narrow = testRuntime({ maxConcurrentCommands: 2 });
    const sandbox = await testSandbox(narrow);
    const sleepers = await Promise.all([1, 2, 3].map(() => spawn(sandbox, forever)));
    const last = runShell(sandbox, "echo came up");
    await sleepers[2]?.kill("SIGKILL");
    expect(await sleepers[2]?.wait()).toMatchObject({ exitCode: 137 });
    await sleepers[0]?.kill("SIGKILL");
    expect((await last).stdout).toBe("came up\n");
    expect((await sandbox.stats()).pids).toBe(1);
    await sleepers[1]?.kill("SIGKILL");
    await sandbox.destroy();
  });
});

describe("output", () => {
  test("that nobody reads keeps a command from ending, until it is read or left", async () => {
    const sandbox = await testSandbox(runtime);
    const script = "seq 1 100000";
    const [read, left] = await Promise.all([1, 2].map(() => spawn(sandbox, ["sh", "-c", script])));
    await waitUntil("both are held up", async () => {
      const { cpuPercent, pids } = await sandbox.stats();
      return pids === 2 && cpuPercent < 20;
    });
    for await (const { data } of left?.output ?? []) {
      expect(data.length).toBeGreaterThan(0);
      break;
    }
    expect(await left?.wait()).toMatchObject({ exitCode: 0 });
    let bytes = 0;
    for await (const { data } of read?.output ?? []) bytes += data.length;
    expect(bytes).toBe(588_895);
    expect(await read?.wait()).toMatchObject({ exitCode: 0 });
    await sandbox.destroy();
  });

  test("can be read after the command has ended", async () => {
    const sandbox = await testSandbox(runtime);
    const process = await spawn(sandbox, ["sh", "-c", "echo out; echo err >&2; exit 3"]);
    expect(await process.wait()).toMatchObject({ exitCode: 3 });
    const seen: string[] = [];
    for await (const { stream, data } of process.output) seen.push(`${stream}:${Buffer.from(data)}`);
    expect(seen).toEqual(["stdout:out\n", "stderr:err\n"]);
    await sandbox.destroy();
  });
});

describe("logs", () => {
  test("tell what was run and what it printed", async () => {
    const sandbox = await testSandbox(runtime);
    await runShell(sandbox, "echo out; echo err >&2; exit 3");
    await runBytes(sandbox, ["printf", "no newline"]);
    const text = (await readLogs(sandbox)).replaceAll(/^\S+Z /gm, "");
    expect(text).toBe(
      "$ sh -c 'echo out; echo err >&2; exit 3'\nout\nerr\n[exit 3]\n$ printf 'no newline'\nno newline\n[exit 0]\n",
    );
    expect(await readLogs(sandbox, { tail: 2 })).toBe("no newline\n[exit 0]\n");
    expect(await readLogs(sandbox, { tail: 0 })).toBe("");
    expect((await readLogs(sandbox, { tail: 1_000 })).split("\n").length).toBe(8);
    await sandbox.stop({ graceMs: 0 });
    expect(await readLogs(sandbox, { tail: 1 })).toBe("[exit 0]\n");
    await sandbox.destroy();
  });

  test("are bounded", async () => {
    const sandbox = await testSandbox(runtime);
    await runShell(sandbox, "seq 1 200000");
    expect(await readLogs(sandbox)).toMatch(/bytes of output not logged\)\n$/);
    for (let count = 0; count < 30; count++) await runShell(sandbox, "seq 1 20000");
    expect((await readLogs(sandbox)).length).toBeLessThanOrEqual(1 << 20);
    await sandbox.destroy();
  });

  test("can be followed until the sandbox stops, or the signal fires", async () => {
    const sandbox = await testSandbox(runtime);
    await runShell(sandbox, "echo before");
    const followed = readLogs(sandbox, { tail: 2, follow: true });
    const abort = new AbortController();
    const aborted = readLogs(sandbox, { follow: true, signal: abort.signal });
    await runShell(sandbox, "echo after");
    abort.abort();
    await aborted;
    await sandbox.stop({ graceMs: 0 });
    expect((await followed).replaceAll(/^\S+Z /gm, "")).toBe(
      "before\n[exit 0]\n$ sh -c 'echo after'\nafter\n[exit 0]\n",
    );
    await sandbox.destroy();
  });
});

describe("stats", () => {
  test("tell memory, processor and commands", async () => {
    const sandbox = await testSandbox(runtime);
    expect(await sandbox.stats()).toMatchObject({
      memoryLimitBytes: defaultCaps.memoryMib << 20,
      networkReceivedBytes: 0,
      networkSentBytes: 0,
      pids: 0,
    });
    const busy = await spawn(sandbox, ["awk", "BEGIN { while (1) {} }"]);
    await waitUntil("it is seen to be busy", async () => (await sandbox.stats()).cpuPercent > 20);
    const { memoryBytes, memoryLimitBytes, pids } = await sandbox.stats();
    expect(memoryBytes).toBeLessThan(memoryLimitBytes);
    expect(pids).toBe(1);
    await busy.kill("SIGKILL");
    await waitUntil("it is seen to be idle", async () => (await sandbox.stats()).cpuPercent < 5);
    await sandbox.destroy();
  });
});

describe("a sandbox whose process dies", () => {
  test("is lost, and so are its commands", async () => {
    const sandbox = await testSandbox(runtime);
    const busy = await spawn(sandbox, forever);
    const output = busy.output[Symbol.asyncIterator]().next();
    const pid = youngestSupervisor();
    process.kill(pid, "SIGKILL");
    await expect(busy.wait()).rejects.toMatchObject({
      code: "sandbox_lost",
      data: { sandbox: sandbox.name },
    });
    await expect(output).rejects.toMatchObject({ code: "sandbox_lost" });
    await expect(spawn(sandbox, ["true"])).rejects.toMatchObject({ code: "sandbox_lost" });
    await expect(sandbox.inspect()).rejects.toMatchObject({ code: "sandbox_lost" });
    await expect(sandbox.files.stat("/")).rejects.toMatchObject({ code: "sandbox_lost" });
    expect(await runtime.list()).toContainEqual(
      expect.objectContaining({ name: sandbox.name, status: "lost" }),
    );
    await sandbox.destroy();
    expect((await runtime.list()).map(({ name }) => name)).not.toContain(sandbox.name);
  });
});

describe("a runtime that is closed", () => {
  test("has no sandbox left, and takes no more", async () => {
    const closing = embeddedRuntime();
    await testSandbox(closing);
    const pid = youngestSupervisor();
    const inTheMaking = closing.create(testSpec());
    const refusal = expect(inTheMaking).rejects.toMatchObject({
      code: expect.stringMatching(/cancelled|closed/),
    });
    await Promise.all([closing.close(), closing.close()]);
    await refusal;
    expect(() => process.kill(pid, 0)).toThrow(expect.objectContaining({ code: "ESRCH" }));
    for (const call of [() => closing.create(testSpec()), () => closing.list(), () => closing.sweep()]) {
      await expect(call()).rejects.toMatchObject({ code: "closed" });
    }
  });

  test("has ended Python too", async () => {
    const closing = embeddedRuntime();
    const sandbox = await testSandbox(closing);
    const busy = runPython(sandbox, "while True: pass");
    const lost = expect(busy).rejects.toMatchObject({ code: "sandbox_lost" });
    await closing.close();
    await lost;
  });
});
