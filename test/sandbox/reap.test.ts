import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { SandboxError } from "../../src/errors/index.ts";
import type { Owner } from "../../src/runtime/index.ts";
import { clientFor, reap, reapReason } from "../../src/sandbox/index.ts";
import { fakeRuntime } from "../../src/testing/fake-runtime.ts";
import { currentOwner, isOwnerGone } from "../../src/util/owner.ts";
import { waitUntil } from "../support/wait-until.ts";
import { errorOf } from "./support/error-of.ts";
import { activeTimers, noMoreTimersThan, setUp } from "./support/set-up.ts";

const self = currentOwner();
const gone: Owner = { ...self, pid: 2 ** 22 + 54321 };
const elsewhere: Owner = { ...gone, host: "another-host" };
const past = new Date(Date.now() - 1000);
const future = new Date(Date.now() + 600_000);

describe("what is garbage", () => {
  test.each<[string, { owner?: Owner; expiresAt?: Date }, string | undefined]>([
    ["nobody's, no expiry", {}, undefined],
    ["a living owner's, no expiry", { owner: self }, undefined],
    ["a living owner's, not expired", { owner: self, expiresAt: future }, undefined],
    ["a living owner's, expired", { owner: self, expiresAt: past }, "expired"],
    ["a gone owner's, no expiry", { owner: gone }, "owner gone"],
    ["a gone owner's, not expired", { owner: gone, expiresAt: future }, "owner gone"],
    ["a gone owner's, expired", { owner: gone, expiresAt: past }, "expired"],
    ["another host's, not expired", { owner: elsewhere, expiresAt: future }, undefined],
    ["another host's, no expiry", { owner: elsewhere }, undefined],
    ["another host's, expired", { owner: elsewhere, expiresAt: past }, "expired"],
    ["detached, not expired", { expiresAt: future }, undefined],
    ["detached, expired", { expiresAt: past }, "expired"],
  ])("%s", (_what, record, reason) => {
    expect(reapReason(record)).toBe(reason);
  });

  test("an expiry is reached in the very millisecond", () => {
    const expiresAt = new Date(1_000_000);
    expect(reapReason({ expiresAt }, new Date(999_999))).toBeUndefined();
    expect(reapReason({ expiresAt }, new Date(1_000_000))).toBe("expired");
  });
});

describe("reap", () => {
  test("removes the garbage, leaves the rest, and sweeps", async () => {
    const runtime = fakeRuntime();
    runtime.leavings = ["volume-1"];
    runtime.put({ name: "expired", expiresAt: past, owner: self });
    runtime.put({ name: "orphan", owner: gone });
    runtime.put({ name: "alive", owner: self });
    runtime.put({ name: "detached", expiresAt: future });
    runtime.put({ name: "lost", owner: gone, status: "lost" });
    const { removed, swept, failed } = await reap(runtime);
    expect([...removed].sort((one, other) => (one.name < other.name ? -1 : 1))).toEqual([
      { name: "expired", reason: "expired" },
      { name: "lost", reason: "owner gone" },
      { name: "orphan", reason: "owner gone" },
    ]);
    expect(swept).toEqual(["volume-1"]);
    expect(failed).toEqual([]);
    expect((await runtime.list()).map(({ name }) => name)).toEqual(["alive", "detached"]);
  });

  test("looks again right before it removes: an extend may have come between", async () => {
    const runtime = fakeRuntime();
    runtime.put({ name: "box", expiresAt: past });
    runtime.hang("attach");
    const reaping = reap(runtime);
    await waitUntil("it is about to look again", () =>
      runtime.calls.some(({ primitive }) => primitive === "attach"),
    );
    runtime.put({ name: "box", expiresAt: future });
    runtime.clear();
    expect((await reaping).removed).toEqual([]);
    expect(runtime.calls.some(({ primitive }) => primitive === "destroy")).toBe(false);
  });

  test("does not mind that another reaper was faster", async () => {
    const runtime = fakeRuntime();
    for (let index = 0; index < 20; index++) runtime.put({ name: `box-${index}`, expiresAt: past });
    const results = await Promise.all([reap(runtime), reap(runtime), reap(runtime)]);
    expect(results.flatMap(({ failed }) => failed)).toEqual([]);
    expect(await runtime.list()).toEqual([]);
  });

  test("goes on after a failure and reports it", async () => {
    const runtime = fakeRuntime();
    runtime.put({ name: "a", expiresAt: past });
    runtime.put({ name: "b", expiresAt: past });
    runtime.fail("destroy", new Error("busy"));
    runtime.fail("sweep", new SandboxError("connection_lost", "Gone."));
    const { removed, swept, failed } = await reap(runtime);
    expect(removed).toEqual([]);
    expect(swept).toEqual([]);
    expect(failed.map(({ name, error }) => [name, error.code])).toEqual([
      ["a", "runtime_error"],
      ["b", "runtime_error"],
      ["(sweep)", "connection_lost"],
    ]);
  });

  test("throws when it cannot list, and when it is cancelled", async () => {
    const runtime = fakeRuntime();
    expect((await errorOf(reap(runtime, { signal: AbortSignal.abort() }))).code).toBe("cancelled");
    runtime.fail("list", new SandboxError("connection_lost", "Gone."));
    expect((await errorOf(reap(runtime))).code).toBe("connection_lost");
  });

  test("ends although everything hangs", async () => {
    const deadlines = { listMs: 10, attachMs: 10, sweepMs: 10, settleMs: 10 };
    const runtime = fakeRuntime();
    runtime.put({ name: "a", expiresAt: past });
    runtime.hang("attach");
    runtime.hang("sweep");
    const { failed } = await reap(runtime, { deadlines });
    expect(failed.map(({ name, error }) => [name, error.code])).toEqual([
      ["a", "deadline_exceeded"],
      ["(sweep)", "deadline_exceeded"],
    ]);
  });

  test("removes what a process left that was killed with SIGKILL", async () => {
    const program = `import { currentOwner } from ${JSON.stringify(new URL("../../src/util/owner.ts", import.meta.url).href)};
process.stdout.write(JSON.stringify(currentOwner()));
setInterval(() => {}, 60_000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [text] = await once(child.stdout, "data");
    const owner: Owner = JSON.parse(String(text));
    const runtime = fakeRuntime();
    runtime.put({ name: "box", owner, expiresAt: future });
    expect((await reap(runtime)).removed).toEqual([]);
    child.kill("SIGKILL");
    await waitUntil("the owner counts as gone", () => isOwnerGone(owner));
    expect((await reap(runtime)).removed).toEqual([{ name: "box", reason: "owner gone" }]);
    expect(await runtime.list()).toEqual([]);
  });
});

describe("a client", () => {
  const reaps = (runtime: ReturnType<typeof fakeRuntime>) =>
    runtime.calls.filter(({ primitive }) => primitive === "sweep").length;

  test("reaps when told to", async () => {
    const { runtime, client } = setUp();
    runtime.put({ name: "box", expiresAt: past });
    expect((await client.reap()).removed).toEqual([{ name: "box", reason: "expired" }]);
  });

  test("reaps once in the background, at its first create", async () => {
    const { runtime, client } = setUp();
    runtime.put({ name: "orphan", owner: gone });
    await client.list();
    await client.get("orphan");
    expect(reaps(runtime)).toBe(0);
    await client.create({ name: "a" });
    await client.create({ name: "b" });
    await waitUntil("the orphan is gone", async () => !(await client.list()).includes("orphan"));
    await waitUntil("it has swept", () => reaps(runtime) === 1);
    await client.create({ name: "c" });
    await pause(10);
    expect(reaps(runtime)).toBe(1);
  });

  test("is not delayed or broken by a reap that hangs or fails", async () => {
    for (const fault of ["hang", "fail"] as const) {
      const runtime = fakeRuntime();
      const client = clientFor(runtime);
      if (fault === "hang") runtime.hang("list");
      else runtime.fail("list", new Error("no"));
      expect((await client.create({ name: "box" })).name).toBe("box");
      runtime.clear();
      await client.close();
    }
  });

  test("waits for the reap at close", async () => {
    const runtime = fakeRuntime();
    const client = clientFor(runtime, { keepRuntimeOpen: true });
    runtime.put({ name: "orphan", owner: gone });
    runtime.hang("list");
    await client.create({ name: "box" });
    const closing = client.close();
    setTimeout(() => runtime.clear(), 20);
    await closing;
    expect(await runtime.list()).toEqual([]);
  });

  test("keeps no process alive with the reap", async () => {
    await pause(5);
    const before = activeTimers();
    const { runtime, client } = setUp();
    runtime.hang("list");
    await client.create({ name: "box" });
    await noMoreTimersThan(before);
  });
});
