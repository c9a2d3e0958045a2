import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { CountingController } from "./support/counting-signal.ts";
import { errorOf } from "./support/error-of.ts";
import { setUpSandbox } from "./support/set-up.ts";

describe("stop, kill and start", () => {
  test("A2A-13 are idempotent, keep the files, and tell the runtime apart", async () => {
    const { runtime, sandbox } = await setUpSandbox();
    await sandbox.files.write("a.txt", "kept");
    for (const end of [
      () => sandbox.stop(),
      () => sandbox.stop({ graceMs: 0 }),
      () => sandbox.kill(),
      () => sandbox.kill(),
    ]) {
      await end();
      expect((await sandbox.info()).status).toBe("stopped");
    }
    expect((await errorOf(sandbox.exec("prog"))).code).toBe("not_running");
    await sandbox.start();
    await sandbox.start();
    expect(await sandbox.files.readText("a.txt")).toBe("kept");
    const calls = runtime.calls
      .map(({ primitive }) => primitive)
      .filter((name) => ["stop", "kill", "start"].includes(name));
    expect(calls).toEqual(["stop", "stop", "kill", "kill", "start", "start"]);
  });

  test("stop gives two seconds of grace unless told otherwise", async () => {
    const { runtime, client } = await setUpSandbox();
    const graces: number[] = [];
    const attach = runtime.attach.bind(runtime);
    runtime.attach = async (name, options) => {
      const sandbox = await attach(name, options);
      sandbox.stop = async ({ graceMs }) => void graces.push(graceMs);
      return sandbox;
    };
    const sandbox = await client.get("box");
    await sandbox.stop();
    await sandbox.stop({ graceMs: 17 });
    expect(graces).toEqual([2000, 17]);
    expect((await errorOf(sandbox.stop({ graceMs: -1 }))).code).toBe("invalid_argument");
  });

  test("everything says sandbox_lost when the sandbox is gone, but remove does not mind", async () => {
    const { runtime, sandbox } = await setUpSandbox();
    runtime.lose("box");
    const calls = [
      sandbox.exec("a"),
      sandbox.stop(),
      sandbox.kill(),
      sandbox.start(),
      sandbox.info(),
      sandbox.stats(),
      sandbox.logs(),
      sandbox.extend(1000),
    ];
    for (const call of calls) expect((await errorOf(call)).code).toBe("sandbox_lost");
    await sandbox.remove();
  });
});

describe("logs and stats", () => {
  test("A2A-14 logs gives the text, characters whole wherever they are cut", async () => {
    const { runtime, sandbox } = await setUpSandbox();
    const bytes = Buffer.from("aé€😀\n");
    for (let at = 0; at <= bytes.length; at++) {
      runtime.setLog("box", [bytes.subarray(0, at), bytes.subarray(at)]);
      expect(await sandbox.logs()).toBe("aé€😀\n");
    }
  });

  test("logs passes the tail on", async () => {
    const { runtime, client } = await setUpSandbox();
    const seen: unknown[] = [];
    const attach = runtime.attach.bind(runtime);
    runtime.attach = async (name) => {
      const sandbox = await attach(name);
      sandbox.logs = async function* (options = {}) {
        seen.push([options.tail, options.follow]);
        yield Buffer.from("x");
      };
      return sandbox;
    };
    const sandbox = await client.get("box");
    await sandbox.logs({ tail: 5 });
    for await (const _ of sandbox.followLogs({ tail: 0 })) break;
    expect(seen).toEqual([
      [5, undefined],
      [0, true],
    ]);
    expect((await errorOf(sandbox.logs({ tail: -1 }))).code).toBe("invalid_argument");
  });

  test("followLogs gives what there is, goes on, and ends with its signal", async () => {
    const { runtime, sandbox } = await setUpSandbox();
    runtime.setLog("box", ["one\n", "two\n"]);
    const controller = new CountingController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const text of sandbox.followLogs({ signal: controller.signal })) seen.push(text);
    })();
    await pause(20);
    expect(seen).toEqual(["one\n", "two\n"]);
    controller.abort();
    await reading;
    expect(controller.listeners).toBe(0);
  });

  test("followLogs ends with its signal although the runtime hangs, and at once when it has fired before", async () => {
    const { runtime, sandbox } = await setUpSandbox();
    runtime.hang("logs");
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 10);
    for await (const _ of sandbox.followLogs({ signal: controller.signal })) expect.unreachable();
    for await (const _ of sandbox.followLogs({ signal: AbortSignal.abort() })) expect.unreachable();
  });

  test("followLogs passes on a failure as one of ours", async () => {
    const { runtime, sandbox } = await setUpSandbox();
    runtime.fail("logs", new Error("EPIPE"));
    const read = async () => {
      for await (const _ of sandbox.followLogs()) expect.unreachable();
    };
    expect((await errorOf(read())).code).toBe("runtime_error");
  });

  test("are refused where the runtime has none", async () => {
    const { sandbox } = await setUpSandbox({ capabilities: { logs: false, stats: false } });
    const unsupported = (capability: string) => ({ code: "unsupported", data: { capability } });
    expect(await errorOf(sandbox.logs())).toMatchObject(unsupported("logs"));
    const follow = sandbox.followLogs()[Symbol.asyncIterator]();
    expect(await errorOf(follow.next())).toMatchObject(unsupported("logs"));
    expect(await errorOf(sandbox.stats())).toMatchObject(unsupported("stats"));
  });

  test("stats gives the runtime's numbers", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    await sandbox.spawn("prog");
    expect(await sandbox.stats()).toMatchObject({ pids: 1, cpuPercent: 0 });
  });
});

describe("remove", () => {
  test("of a handle whose name another sandbox has by now leaves that one alone, also at close", async () => {
    const { runtime, client, sandbox } = await setUpSandbox({}, { keepRuntimeOpen: true });
    await sandbox.remove();
    await client.create({ name: "box" });
    await sandbox.remove();
    expect(await client.list()).toEqual(["box"]);
    await client.close();
    expect(await runtime.list()).toEqual([]);
  });

  test("through a handle of get() is known to the client: it does not remove twice", async () => {
    const { runtime, client } = await setUpSandbox({}, { keepRuntimeOpen: true });
    await (await client.get("box")).remove();
    await client.close();
    expect(runtime.calls.filter(({ primitive }) => primitive === "destroy")).toHaveLength(1);
  });
});
