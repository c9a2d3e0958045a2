import { describe, expect, test } from "vitest";
import { PolicyViolation } from "../../../src/errors/index.ts";
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

  test("in shadow mode nothing is limited", async () => {
    const { runtime, inner } = setUp({ sandboxes: 1 }, () => ({}), "shadow");
    expect(runtime).toBe(inner);
  });
});
