import { describe, expect, test } from "vitest";
import { PolicyViolation } from "../../../src/errors/index.ts";
import { overProcess, overRuntime, overSandbox } from "../../../src/policy/layers/over-runtime.ts";
import { withLimits } from "../../../src/policy/layers/with-limits.ts";
import type { PolicyLimits } from "../../../src/policy/policy.ts";
import type { FakeProgram } from "../../../src/testing/index.ts";
import { fakeRuntime } from "../../../src/testing/index.ts";
import { command, RecordingLog, spec, textOf } from "../support/layer-fixtures.ts";

function setUp(
  limits: PolicyLimits,
  program: FakeProgram = () => ({}),
  mode: "enforce" | "shadow" = "enforce",
) {
  const inner = fakeRuntime({ program });
  const audit = new RecordingLog();
  return { inner, audit, runtime: withLimits(inner, { policy: { limits, mode }, audit }) };
}

const refused = (field: string) => ({
  code: "policy_violation",
  violations: [expect.objectContaining({ field })],
});

describe("withLimits", () => {
  test("counts sandboxes before the slow work begins, so a race cannot go over the quota", async () => {
    const { runtime, inner } = setUp({ sandboxes: 2 });
    const names = ["a", "b", "c", "d", "e"];
    const made = await Promise.allSettled(names.map((name) => runtime.create({ ...spec, name })));
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    expect(await inner.list()).toHaveLength(2);
    for (const outcome of made) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject(refused("sandboxes"));
    }
  });

  test("gives the place back when the creation fails, and when the sandbox is removed", async () => {
    const { runtime, inner } = setUp({ sandboxes: 1 });
    inner.fail("create", new Error("no"));
    await expect(runtime.create(spec)).rejects.toThrow("no");
    inner.clear();
    const sandbox = await runtime.create(spec);
    await expect(runtime.create({ ...spec, name: "second" })).rejects.toMatchObject(refused("sandboxes"));
    await sandbox.destroy();
    await (await runtime.create({ ...spec, name: "second" })).destroy();
  });

  test("a second sandbox of the same name takes no place of the first", async () => {
    const { runtime } = setUp({ sandboxes: 1 });
    await runtime.create(spec);
    await expect(runtime.create(spec)).rejects.toMatchObject({ code: "already_exists" });
    await expect(runtime.create({ ...spec, name: "other" })).rejects.toMatchObject(refused("sandboxes"));
  });

  test("counts sandboxes and commands over the life of the client", async () => {
    const { runtime } = setUp({ totalSandboxes: 2, totalExecs: 2 });
    const sandbox = await runtime.create(spec);
    for (const _ of [1, 2]) await (await sandbox.spawn(command("true"))).wait();
    await expect(sandbox.spawn(command("true"))).rejects.toMatchObject(refused("totalExecs"));
    await sandbox.destroy();
    await (await runtime.create(spec)).destroy();
    await expect(runtime.create(spec)).rejects.toMatchObject(refused("totalSandboxes"));
  });

  test("counts running commands, and gives the place back when one has ended", async () => {
    const { runtime } = setUp({ execs: 1 }, () => ({ hangs: true }));
    const sandbox = await runtime.create(spec);
    const first = await sandbox.spawn(command("sleep"));
    await expect(sandbox.spawn(command("sleep"))).rejects.toMatchObject(refused("execs"));
    await first.kill("SIGKILL");
    await first.wait();
    const second = await sandbox.spawn(command("sleep"));
    await second.kill("SIGKILL");
  });

  test("ends a command that runs too long, and says that its time was over", async () => {
    const { runtime } = setUp({ execMs: 50 }, () => ({ hangs: true }));
    const process = await (await runtime.create(spec)).spawn(command("sleep", "1000"));
    expect(await process.wait()).toMatchObject({ timedOut: true, signal: "SIGKILL" });
  });

  test("ends a command that prints too much, with what it printed until then", async () => {
    const flood = function* () {
      for (;;) yield "x".repeat(100);
    };
    const { runtime } = setUp({ outputBytes: 250 }, () => ({ output: flood() }));
    const process = await (await runtime.create(spec)).spawn(command("yes"));
    let seen = 0;
    const read = async () => {
      for await (const { data } of process.output) seen += data.length;
    };
    await expect(read()).rejects.toMatchObject(refused("outputBytes"));
    expect(seen).toBe(200);
    await process.wait();
    const { runtime: wide } = setUp({ outputBytes: 5 }, () => ({ output: ["12345"] }));
    expect(await textOf(await (await wide.create(spec)).spawn(command("echo")))).toBe("12345");
  });

  test("stops an upload that is too large", async () => {
    const { runtime } = setUp({ uploadBytes: 1000 });
    const sandbox = await runtime.create(spec);
    const archive = async function* () {
      for (let piece = 0; piece < 100; piece++) yield new Uint8Array(512);
    };
    await expect(sandbox.tarIn("/workspace", archive())).rejects.toMatchObject(refused("uploadBytes"));
  });

  test("removes a sandbox whose time is over, and refuses a longer life", async () => {
    const { runtime, inner, audit } = setUp({ lifetimeMs: 100 });
    const sandbox = await runtime.create(spec);
    await expect(sandbox.extend(new Date(Date.now() + 60_000))).rejects.toThrow(PolicyViolation);
    await expect.poll(() => inner.list(), { timeout: 10_000 }).toEqual([]);
    expect(audit.entries).toMatchObject([{ type: "sandbox.expired", detail: { reason: "lifetimeMs" } }]);
  });

  test("removes a sandbox that nobody uses, but not while a command runs", async () => {
    const { runtime, inner, audit } = setUp({ idleMs: 150 }, () => ({ hangs: true }));
    const sandbox = await runtime.create(spec);
    const process = await sandbox.spawn(command("sleep"));
    const later = Date.now() + 500;
    await expect.poll(() => Date.now() > later, { timeout: 10_000 }).toBe(true);
    expect(await inner.list()).toHaveLength(1);
    await process.kill("SIGKILL");
    await expect.poll(() => inner.list(), { timeout: 10_000 }).toEqual([]);
    expect(audit.entries).toMatchObject([{ type: "sandbox.expired", detail: { reason: "idleMs" } }]);
  });

  test("tries again to remove what is over its time, and keeps no timer after close", async () => {
    const { runtime, inner } = setUp({ lifetimeMs: 50 });
    await runtime.create(spec);
    inner.fail("destroy", new Error("engine busy"));
    await expect.poll(() => inner.calls.some(({ primitive }) => primitive === "destroy")).toBe(true);
    inner.clear();
    await expect.poll(() => inner.list(), { timeout: 20_000 }).toEqual([]);
    await runtime.close();
    expect(inner.isClosed).toBe(true);
  });

  test("two creations of one name share a place, and the end of one frees nothing of the other", async () => {
    const { inner } = setUp({});
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const waits = [first.promise, second.promise];
    const slow = overRuntime(inner, {
      create: async (given, options) => {
        await (given.name === "box" ? waits.shift() : undefined);
        return await inner.create(given, options);
      },
    });
    const runtime = withLimits(slow, {
      policy: { limits: { sandboxes: 1 }, mode: "enforce" },
      audit: new RecordingLog(),
    });
    const aborted = runtime.create(spec);
    const kept = runtime.create(spec);
    first.reject(new Error("cancelled"));
    await expect(aborted).rejects.toThrow("cancelled");
    await expect(runtime.create({ ...spec, name: "other" })).rejects.toMatchObject(refused("sandboxes"));
    second.resolve();
    await (await kept).destroy();
    await runtime.create({ ...spec, name: "other" });
    expect((await inner.list()).map(({ name }) => name)).toEqual(["other"]);
  });

  test("the handle of a sandbox that is gone cannot free the place of its successor", async () => {
    const { runtime } = setUp({ sandboxes: 1, execs: 1, lifetimeMs: 60_000 }, () => ({ hangs: true }));
    const old = await runtime.create(spec);
    await old.destroy();
    const present = await runtime.create(spec);
    const process = await present.spawn(command("sleep"));
    await old.destroy();
    await expect(runtime.create({ ...spec, name: "other" })).rejects.toMatchObject(refused("sandboxes"));
    await expect(present.spawn(command("sleep"))).rejects.toMatchObject(refused("execs"));
    await expect(present.extend(new Date(Date.now() + 120_000))).rejects.toMatchObject(refused("ttlMs"));
    await process.kill("SIGKILL");
    await present.destroy();
  });

  test("a sandbox that is gone behind everybody's back keeps no place", async () => {
    const { runtime, inner } = setUp({ sandboxes: 1 });
    await runtime.create(spec);
    inner.lose("box");
    await expect(runtime.attach("box")).rejects.toMatchObject({ code: "not_found" });
    await (await runtime.create({ ...spec, name: "other" })).destroy();
  });

  test("holds a sandbox that another process made to the same limits", async () => {
    const { runtime, inner } = setUp({ execs: 1, lifetimeMs: 60_000 }, () => ({ hangs: true }));
    inner.put({ name: "theirs", createdAt: new Date(Date.now() - 50_000) });
    const sandbox = await runtime.attach("theirs");
    const process = await sandbox.spawn(command("sleep"));
    const again = await runtime.attach("theirs");
    await expect(again.spawn(command("sleep"))).rejects.toMatchObject(refused("execs"));
    await expect(again.extend(new Date(Date.now() + 20_000))).rejects.toMatchObject(refused("ttlMs"));
    await again.extend(new Date(Date.now() + 5_000));
    await process.kill("SIGKILL");
    await process.wait();
    await (await again.spawn(command("sleep"))).kill("SIGKILL");
  });

  test("what is sent to a command's stdin is an upload like any other", async () => {
    const { runtime, audit } = setUp({ uploadBytes: 10 }, () => ({ hangs: true }));
    const process = await (await runtime.create(spec)).spawn({ ...command("cat"), stdin: "pipe" });
    await process.writeStdin(new Uint8Array(10));
    await expect(process.writeStdin(new Uint8Array(1))).rejects.toMatchObject(refused("uploadBytes"));
    expect(await process.wait()).toMatchObject({ signal: "SIGKILL" });
    expect(audit.types).toEqual(["policy.denied denied"]);
  });

  test("records that a command printed too much", async () => {
    const { runtime, audit } = setUp({ outputBytes: 5 }, () => ({ output: ["123456"] }));
    await expect(textOf(await (await runtime.create(spec)).spawn(command("echo")))).rejects.toThrow();
    expect(audit.entries).toMatchObject([
      { type: "policy.denied", outcome: "denied", sandbox: "box", detail: { operation: "exec.started" } },
    ]);
  });

  test("tries again to end a command that could not be killed", async () => {
    const { inner } = setUp({});
    const fake = fakeRuntime({ program: () => ({ hangs: true }) });
    let failures = 1;
    const unruly = overRuntime(inner, {
      create: async (given) => {
        const sandbox = await fake.create(given);
        return overSandbox(sandbox, {
          spawn: async (given) => {
            const process = await sandbox.spawn(given);
            return overProcess(process, {
              kill: async (signal) => {
                if (failures-- > 0) throw new Error("engine busy");
                await process.kill(signal);
              },
            });
          },
        });
      },
    });
    const runtime = withLimits(unruly, {
      policy: { limits: { execMs: 20 }, mode: "enforce" },
      audit: new RecordingLog(),
    });
    const process = await (await runtime.create(spec)).spawn(command("sleep"));
    expect(await process.wait()).toMatchObject({ timedOut: true, signal: "SIGKILL" });
  });

  test("a transfer under way is no idleness, however long it takes", async () => {
    const { runtime, inner } = setUp({ idleMs: 100 });
    const sandbox = await runtime.create(spec);
    const done = Promise.withResolvers<void>();
    const archive = async function* () {
      yield new Uint8Array(512);
      await done.promise;
    };
    const upload = sandbox.tarIn("/workspace", archive());
    const later = Date.now() + 400;
    await expect.poll(() => Date.now() > later, { timeout: 10_000 }).toBe(true);
    expect(await inner.list()).toHaveLength(1);
    done.resolve();
    await upload.catch(() => {});
    await expect.poll(() => inner.list(), { timeout: 10_000 }).toEqual([]);
  });

  test("in shadow mode nothing is limited, and everything that would have been is told", async () => {
    const limits = { sandboxes: 1, execs: 1, execMs: 20, lifetimeMs: 50, outputBytes: 5, uploadBytes: 5 };
    const { runtime, inner, audit } = setUp(limits, () => ({ output: ["1234567"], hangs: true }), "shadow");
    await runtime.create({ ...spec, name: "other" });
    const sandbox = await runtime.create(spec);
    const [process, second] = [
      await sandbox.spawn({ ...command("cat"), stdin: "pipe" }),
      await sandbox.spawn(command("true")),
    ];
    await process.writeStdin(new Uint8Array(6));
    const reader = process.output[Symbol.asyncIterator]();
    expect((await reader.next()).value.data).toHaveLength(7);
    await sandbox.extend(new Date(Date.now() + 60_000));
    const told = () =>
      audit.entries.flatMap(({ type, detail }) => {
        const violations = detail?.violations as { readonly field: string }[];
        return type === "policy.shadowed" ? violations.map(({ field }) => field) : [type];
      });
    const fields = ["execMs", "execMs", "execs", "lifetimeMs", "lifetimeMs", "outputBytes", "sandboxes"];
    await expect.poll(() => told().sort(), { timeout: 10_000 }).toEqual([...fields, "ttlMs", "uploadBytes"]);
    expect(await inner.list()).toHaveLength(2);
    await Promise.all([process.kill("SIGKILL"), second.kill("SIGKILL")]);
    expect(await process.wait()).not.toHaveProperty("timedOut", true);
  });
});
