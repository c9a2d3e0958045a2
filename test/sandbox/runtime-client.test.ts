import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { SandboxError } from "../../src/errors/index.ts";
import type { ProgressEvent, RuntimeSpec } from "../../src/runtime/index.ts";
import { clientFor, SandboxClient, SandboxHandle, type SandboxSpec } from "../../src/sandbox/index.ts";
import type { FakePrimitive } from "../../src/testing/fake-faults.ts";
import { fakeRuntime } from "../../src/testing/fake-runtime.ts";
import { waitUntil } from "../support/wait-until.ts";
import { CountingController } from "./support/counting-signal.ts";
import { errorOf } from "./support/error-of.ts";
import { activeTimers, noMoreTimersThan, setUp, setUpSandbox } from "./support/set-up.ts";

describe("create", () => {
  test("A2A-10 A2A-15 gives a live handle", async () => {
    const { client } = setUp();
    const sandbox = await client.create({ name: "box" });
    expect(client).toBeInstanceOf(SandboxClient);
    expect(sandbox).toBeInstanceOf(SandboxHandle);
    expect(sandbox).toMatchObject({ name: "box", runtime: "fake", isolation: "container" });
    expect(await sandbox.info()).toMatchObject({ name: "box", status: "running", image: "python:3.11-slim" });
  });

  test("A2A-5 A2A-9 hands the runtime a complete, frozen spec, with this process as owner", async () => {
    const { runtime, client } = setUp();
    let seen: RuntimeSpec | undefined;
    const create = runtime.create.bind(runtime);
    runtime.create = async (spec, options) => {
      seen = spec;
      return await create(spec, options);
    };
    await client.create({ name: "box", labels: { a: "b" }, ttlMs: 60_000 });
    expect(seen).toMatchObject({
      image: "python:3.11-slim",
      labels: { a: "b" },
      owner: { pid: process.pid },
    });
    expect(Object.isFrozen(seen)).toBe(true);
  });

  test("takes the client's default image and owner", async () => {
    const owner = { host: "h", boot: "b", pidNamespace: "n", pid: 1, startTime: "2" };
    const { client } = setUp({ capabilities: { images: false } }, { defaultImage: "mine:1", owner });
    const sandbox = await client.create({ name: "box", image: "mine:1" });
    expect(await sandbox.info()).toMatchObject({ image: "mine:1", owner });
    expect((await errorOf(client.create({ name: "other", image: "python:3.11-slim" }))).code).toBe(
      "unsupported",
    );
  });

  test.each<[string, unknown, string]>([
    ["an unknown field", { name: "box", memory: 1 }, "invalid_argument"],
    ["a bad name", { name: "Box" }, "invalid_argument"],
    ["what the runtime lacks", { name: "box", minimumIsolation: "microvm" }, "unsupported"],
    ["hosts", { name: "box", egress: ["example.org"] }, "unsupported"],
  ])("refuses %s before the runtime hears of it", async (_what, spec, code) => {
    const { runtime, client } = setUp();
    expect((await errorOf(client.create(spec as SandboxSpec))).code).toBe(code);
    expect(runtime.calls).toEqual([]);
  });

  test("refuses unknown options", async () => {
    const { client } = setUp();
    const options = { timeout: 1 } as object;
    expect((await errorOf(client.create({ name: "box" }, options))).data).toEqual({ field: "timeout" });
  });

  test("refuses a name that is taken", async () => {
    const { client } = await setUpSandbox();
    expect((await errorOf(client.create({ name: "box" }))).code).toBe("already_exists");
  });

  test("passes on progress, and is not broken by a watcher that is", async () => {
    const { runtime, client } = setUp();
    const create = runtime.create.bind(runtime);
    runtime.create = async (spec, options) => {
      options?.onProgress?.({ phase: "create", name: spec.name });
      return await create(spec, options);
    };
    const seen: ProgressEvent[] = [];
    const onProgress = (event: ProgressEvent) => {
      seen.push(event);
      throw new Error("watcher");
    };
    expect((await client.create({ name: "box" }, { onProgress })).name).toBe("box");
    expect(seen).toEqual([{ phase: "create", name: "box" }]);
  });

  test("that is cancelled before it starts makes nothing", async () => {
    const { runtime, client } = setUp();
    const options = { signal: AbortSignal.abort() };
    expect((await errorOf(client.create({ name: "box" }, options))).code).toBe("cancelled");
    expect(runtime.calls.some(({ primitive }) => primitive === "create")).toBe(false);
  });

  test("that is cancelled while it works removes what it made before it answers", async () => {
    const { runtime, client } = setUp();
    const controller = new CountingController();
    runtime.hang("create");
    const creating = client.create({ name: "box" }, { signal: controller.signal });
    await waitUntil("create is called", () => runtime.calls.some(({ primitive }) => primitive === "create"));
    controller.abort();
    setTimeout(() => runtime.clear("create"), 10);
    expect((await errorOf(creating)).code).toBe("cancelled");
    expect(await runtime.list()).toEqual([]);
    expect(runtime.calls.filter(({ primitive }) => primitive === "destroy")).toHaveLength(1);
    expect(controller.listeners).toBe(0);
  });

  test("that is too late is removed whenever it comes", async () => {
    const { runtime, client } = setUp({}, { deadlines: { createMs: 10, settleMs: 10 } });
    runtime.hang("create");
    expect(await errorOf(client.create({ name: "box" }))).toMatchObject({
      code: "deadline_exceeded",
      retryable: true,
    });
    runtime.clear("create");
    await waitUntil("it was removed", () => runtime.calls.some(({ primitive }) => primitive === "destroy"));
    expect(await runtime.list()).toEqual([]);
  });

  test("passes on the runtime's own refusal", async () => {
    const { runtime, client } = setUp();
    const refusal = new SandboxError("image_not_found", "No such image.");
    runtime.fail("create", refusal);
    expect(await errorOf(client.create({ name: "box" }))).toBe(refusal);
    runtime.fail("create", new Error("ENOSPC"));
    expect(await errorOf(client.create({ name: "box" }))).toMatchObject({ code: "runtime_error" });
  });
});

describe("get, list and remove", () => {
  test("A2A-16 get finds a sandbox, and says not_found for another name", async () => {
    const { client } = await setUpSandbox();
    expect((await client.get("box")).name).toBe("box");
    expect((await errorOf(client.get("other"))).code).toBe("not_found");
    expect((await errorOf(client.get("../box"))).code).toBe("invalid_argument");
  });

  test("A2A-17 list gives the names alone, sorted", async () => {
    const { client, runtime } = setUp();
    for (const name of ["b", "a10", "a-1", "a2"]) await client.create({ name });
    runtime.put({ name: "a1" });
    expect(await client.list()).toEqual(["a-1", "a1", "a10", "a2", "b"]);
    expect((await client.listInfo()).map(({ name }) => name)).toEqual(await client.list());
  });

  test("list keeps to its filter, every condition of it", async () => {
    const { client, runtime } = setUp();
    runtime.put({ name: "a", labels: { team: "x", env: "1" } });
    runtime.put({ name: "b", labels: { team: "x" }, status: "stopped" });
    runtime.put({ name: "c", labels: { team: "y" } });
    expect(await client.list({ labels: { team: "x" } })).toEqual(["a", "b"]);
    expect(await client.list({ labels: { team: "x" }, status: "running" })).toEqual(["a"]);
    expect(await client.list({ labels: { team: "x", env: "1" } })).toEqual(["a"]);
    expect(await client.list({ labels: { toString: "x" } })).toEqual([]);
    expect(await client.list({ status: "lost" })).toEqual([]);
    expect(await client.list({})).toEqual(["a", "b", "c"]);
    expect((await errorOf(client.list({ label: {} } as object))).code).toBe("invalid_argument");
  });

  test("A2A-18 remove is idempotent, by client and by handle", async () => {
    const { client, sandbox } = await setUpSandbox();
    await client.remove("box");
    await client.remove("box");
    await client.remove("never-was");
    await sandbox.remove();
    expect(await client.list()).toEqual([]);
  });

  test("remove takes away what another process made", async () => {
    const { client, runtime } = setUp();
    runtime.put({ name: "theirs" });
    await client.remove("theirs");
    expect(await client.list()).toEqual([]);
  });

  test("remove passes on a failure", async () => {
    const { client, runtime } = await setUpSandbox();
    runtime.fail("destroy", new SandboxError("connection_lost", "Gone."));
    expect((await errorOf(client.remove("box"))).code).toBe("connection_lost");
    runtime.clear();
    expect(await client.list()).toEqual(["box"]);
  });

  test("getOrCreate makes one sandbox, however many ask at once", async () => {
    const { client, runtime } = setUp();
    const handles = await Promise.all(Array.from({ length: 20 }, () => client.getOrCreate({ name: "box" })));
    expect(new Set(handles.map(({ name }) => name))).toEqual(new Set(["box"]));
    expect(await runtime.list()).toHaveLength(1);
    await handles[7]?.exec("prog");
    expect(runtime.commands("box")).toHaveLength(1);
  });

  test("getOrCreate makes one sandbox for two clients, and takes progress too", async () => {
    const runtime = fakeRuntime();
    const clients = [1, 2, 3].map(() => clientFor(runtime, { keepRuntimeOpen: true }));
    await Promise.all(clients.map((client) => client.getOrCreate({ name: "box" }, { onProgress: () => {} })));
    expect(await runtime.list()).toHaveLength(1);
    await Promise.all(clients.map((client) => client.close()));
    expect(await runtime.list()).toEqual([]);
  });
});

describe("every call has an end", () => {
  const deadlines = Object.fromEntries(
    [
      "create",
      "attach",
      "list",
      "inspect",
      "spawn",
      "signal",
      "stop",
      "kill",
      "start",
      "destroy",
      "extend",
      "stats",
      "logs",
      "sweep",
      "close",
      "settle",
    ].map((name) => [`${name}Ms`, 20]),
  );

  type Fixture = Awaited<ReturnType<typeof setUpSandbox>>;
  test.each<[FakePrimitive, (fixture: Fixture) => Promise<unknown>]>([
    ["create", ({ client }) => client.create({ name: "other" })],
    ["attach", ({ client }) => client.get("box")],
    ["attach", ({ client }) => client.remove("box")],
    ["list", ({ client }) => client.list()],
    ["list", ({ client }) => client.reap()],
    ["inspect", ({ sandbox }) => sandbox.info()],
    ["spawn", ({ sandbox }) => sandbox.exec("prog", [], { timeoutMs: Number.POSITIVE_INFINITY })],
    ["stop", ({ sandbox }) => sandbox.stop({ graceMs: 0 })],
    ["kill", ({ sandbox }) => sandbox.kill()],
    ["start", ({ sandbox }) => sandbox.start()],
    ["destroy", ({ sandbox }) => sandbox.remove()],
    ["destroy", ({ client }) => client.remove("box")],
    ["extend", ({ sandbox }) => sandbox.extend(1000)],
    ["stats", ({ sandbox }) => sandbox.stats()],
    ["logs", ({ sandbox }) => sandbox.logs()],
  ])("when %s hangs", async (primitive, call) => {
    const fixture = await setUpSandbox({}, { deadlines });
    await pause(5);
    const before = activeTimers();
    fixture.runtime.hang(primitive);
    expect((await errorOf(call(fixture))).code).toBe("deadline_exceeded");
    await noMoreTimersThan(before);
  });

  test("when close hangs, and the sandboxes are gone before", async () => {
    const runtime = fakeRuntime();
    const client = clientFor(runtime, { deadlines });
    await client.create({ name: "box" });
    runtime.hang("close");
    expect((await errorOf(client.close())).code).toBe("deadline_exceeded");
    expect(await runtime.list()).toEqual([]);
  });

  test.each<FakePrimitive>(["attach", "list"])("and %s is cancelled by its signal", async (primitive) => {
    const { client, runtime } = await setUpSandbox({}, { deadlines: { settleMs: 10 } });
    runtime.hang(primitive);
    const controller = new CountingController();
    const options = { signal: controller.signal };
    const calls =
      primitive === "list"
        ? [client.list({}, options), client.listInfo({}, options)]
        : [client.get("box", options), client.remove("box", options)];
    setTimeout(() => controller.abort(), 5);
    for (const call of calls) expect((await errorOf(call)).code).toBe("cancelled");
    expect(controller.listeners).toBe(0);
  });
});

describe("close", () => {
  test("removes what this client made and nothing else, and closes the runtime", async () => {
    const runtime = fakeRuntime();
    const client = clientFor(runtime);
    await client.create({ name: "a" });
    await client.create({ name: "b" });
    await client.create({ name: "kept", detached: true });
    runtime.put({ name: "theirs" });
    await client.get("theirs");
    await Promise.all([client.close(), client.close()]);
    await client.close();
    expect(runtime.isClosed).toBe(true);
    expect(
      runtime.calls
        .filter(({ primitive }) => primitive === "destroy")
        .map(({ sandbox }) => sandbox)
        .sort(),
    ).toEqual(["a", "b"]);
    expect(runtime.calls.filter(({ primitive }) => primitive === "close")).toHaveLength(1);
  });

  test("is what `await using` does", async () => {
    const runtime = fakeRuntime();
    {
      await using client = clientFor(runtime);
      await using sandbox = await client.create({ name: "box" });
      await sandbox.exec("prog");
    }
    expect(runtime.isClosed).toBe(true);
    expect(runtime.calls.filter(({ primitive }) => primitive === "destroy")).toHaveLength(1);
  });

  test("of a sandbox that took the name of ours leaves it alone", async () => {
    const { runtime, client } = await setUpSandbox({}, { keepRuntimeOpen: true });
    runtime.lose("box");
    runtime.put({ name: "box", labels: { owner: "somebody else" } });
    await client.close();
    expect((await runtime.list()).map(({ labels }) => labels)).toEqual([{ owner: "somebody else" }]);
  });

  test("makes an end of the creates under way", async () => {
    const { runtime, client } = setUp({}, { keepRuntimeOpen: true });
    runtime.hang("create");
    const creating = errorOf(client.create({ name: "box" }));
    await waitUntil("create is called", () => runtime.calls.some(({ primitive }) => primitive === "create"));
    const closing = client.close();
    setTimeout(() => runtime.clear("create"), 10);
    await closing;
    expect((await creating).code).toBe("closed");
    expect(await runtime.list()).toEqual([]);
  });

  test("at any moment of a create leaves nothing", async () => {
    for (let step = 0; step < 40; step++) {
      const runtime = fakeRuntime();
      const client = clientFor(runtime, { keepRuntimeOpen: true });
      const creating = client.create({ name: "box" }).then(
        () => "made",
        (error) => error.code,
      );
      for (let turn = 0; turn < step; turn++) await null;
      await client.close();
      expect(["made", "closed"]).toContain(await creating);
      expect(await runtime.list()).toEqual([]);
    }
  });

  test("refuses every call after it", async () => {
    const { client } = setUp();
    await client.close();
    const calls = [
      client.create({ name: "a" }),
      client.get("a"),
      client.list(),
      client.listInfo(),
      client.remove("a"),
      client.reap(),
      client.runShell("a"),
    ];
    for (const call of calls) expect((await errorOf(call)).code).toBe("closed");
  });

  test("names what it could not remove, closes the runtime all the same", async () => {
    const runtime = fakeRuntime();
    const client = clientFor(runtime);
    await client.create({ name: "a" });
    await client.create({ name: "b" });
    runtime.fail("destroy", new SandboxError("connection_lost", "Gone."));
    expect(await errorOf(client.close())).toMatchObject({
      code: "connection_lost",
      data: { sandboxes: ["a", "b"] },
    });
    expect(runtime.isClosed).toBe(true);
  });

  test("without a call before does nothing but close the runtime", async () => {
    const runtime = fakeRuntime();
    await clientFor(runtime).close();
    expect(runtime.calls.map(({ primitive }) => primitive)).toEqual(["close"]);
  });

  test("leaves no timer behind", async () => {
    const before = activeTimers();
    const client = clientFor(fakeRuntime());
    await client.create({ name: "box", ttlMs: 100_000 });
    await client.close();
    await noMoreTimersThan(before);
  });
});

describe("expiry", () => {
  test("removes a sandbox of this client's, detached or not, and its timer holds no process", async () => {
    const { runtime, client } = setUp();
    await pause(5);
    const before = activeTimers();
    await client.create({ name: "a", ttlMs: 40 });
    await client.create({ name: "b", ttlMs: 60, detached: true });
    await client.create({ name: "c" });
    await noMoreTimersThan(before);
    await waitUntil("both are gone", async () => (await runtime.list()).length === 1);
    expect(await client.list()).toEqual(["c"]);
  });

  /** Waits until a moment is well past. */
  const past = (moment: Date) => waitUntil("the expiry is past", () => Date.now() > moment.getTime() + 100);

  test("moves with extend, in both directions", async () => {
    const { runtime, client } = setUp();
    const short = await client.create({ name: "short", ttlMs: 1500 });
    const first = (await short.info()).expiresAt as Date;
    const long = await client.create({ name: "long", ttlMs: 600_000 });
    const before = Date.now();
    const expiresAt = await short.extend(600_000);
    expect(expiresAt.getTime()).toBeGreaterThanOrEqual(before + 600_000);
    expect((await short.info()).expiresAt).toEqual(expiresAt);
    await (await client.get("long")).extend(30);
    await waitUntil("the second is gone", async () => (await client.list()).length === 1);
    await past(first);
    expect(await client.list()).toEqual(["short"]);
    expect((await errorOf(long.info())).code).toBe("sandbox_lost");
    expect(runtime.calls.filter(({ primitive }) => primitive === "destroy")).toHaveLength(1);
  });

  test("asks the runtime first: another process may have extended", async () => {
    const { runtime, client } = setUp();
    const sandbox = await client.create({ name: "box", ttlMs: 1500 });
    const first = (await sandbox.info()).expiresAt as Date;
    await (await runtime.attach("box")).extend(new Date(first.getTime() + 1500));
    await past(first);
    expect(await client.list()).toEqual(["box"]);
    await waitUntil("it is gone after the later expiry", async () => (await client.list()).length === 0);
  });

  test("beyond what a timer can wait is not now", async () => {
    const { client } = setUp();
    await client.create({ name: "box", ttlMs: 2 ** 32 });
    await pause(30);
    expect(await client.list()).toEqual(["box"]);
  });

  test("of one that is gone already, or that cannot be removed now, breaks nothing", async () => {
    const { runtime, client } = setUp();
    await client.create({ name: "gone", ttlMs: 20 });
    await client.create({ name: "stuck", ttlMs: 20 });
    runtime.lose("gone");
    runtime.fail("destroy", new Error("busy"));
    await waitUntil("it was tried", () => runtime.calls.some(({ primitive }) => primitive === "destroy"));
    runtime.clear();
    expect(await client.list()).toEqual(["stuck"]);
  });

  test("extend refuses what is no life", async () => {
    const { sandbox } = await setUpSandbox();
    for (const ttlMs of [0, -1, 1.5, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect((await errorOf(sandbox.extend(ttlMs))).code).toBe("invalid_argument");
    }
  });
});

describe("the facts of a client", () => {
  test("name the runtime, its isolation and its capabilities", () => {
    const { client, runtime } = setUp();
    expect(client.runtime).toEqual({
      name: "fake",
      isolation: "container",
      capabilities: runtime.capabilities,
    });
  });

  test("A2A-22 the one-shots come with the class: an implementation need not have them", () => {
    const own = Object.getOwnPropertyNames(Object.getPrototypeOf(setUp().client));
    for (const method of ["runShell", "runPython", "exec"]) {
      expect(own).not.toContain(method);
      expect(SandboxClient.prototype).toHaveProperty(method);
    }
    expect(vi.isMockFunction(SandboxClient.prototype.runShell)).toBe(false);
  });
});
