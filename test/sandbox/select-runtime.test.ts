import { describe, expect, test } from "vitest";
import { SandboxError } from "../../src/errors/index.ts";
import type { IsolationLevel } from "../../src/runtime/index.ts";
import { requireRuntime, selectRuntime } from "../../src/sandbox/index.ts";
import { type FakeRuntime, fakeRuntime } from "../../src/testing/fake-runtime.ts";
import { CountingController } from "./support/counting-signal.ts";
import { errorOf } from "./support/error-of.ts";

const absent = (name: string, isolation: IsolationLevel) =>
  fakeRuntime({
    name,
    capabilities: { isolation },
    probe: { available: false, reason: `${name} is not there`, remedy: `Install ${name}` },
  });
const present = (name: string, isolation: IsolationLevel) =>
  fakeRuntime({ name, capabilities: { isolation } });
const candidate = (runtime: FakeRuntime) => ({ name: runtime.name, load: async () => runtime });

describe("selectRuntime", () => {
  test("takes the first that works, and does not even load the rest", async () => {
    const strong = present("strong", "container");
    const rest = { name: "rest", load: () => expect.unreachable("loaded") };
    const { runtime, selection } = await selectRuntime([candidate(strong), rest]);
    expect(runtime).toBe(strong);
    expect(selection).toMatchObject({ runtime: "strong", isolation: "container", rejected: [] });
    expect(strong.isClosed).toBe(false);
  });

  test("passes by what does not work, says why, and closes it", async () => {
    const [strong, weak] = [absent("strong", "container"), present("weak", "interpreter")];
    const { runtime, selection } = await selectRuntime([candidate(strong), candidate(weak)]);
    expect(runtime).toBe(weak);
    expect(selection.rejected).toEqual([
      { runtime: "strong", reason: "strong is not there", remedy: "Install strong" },
    ]);
    expect(selection.reason).not.toBe("");
    expect(Object.isFrozen(selection)).toBe(true);
    expect([strong.isClosed, weak.isClosed]).toEqual([true, false]);
  });

  test("never takes what is weaker than asked for, and does not probe it", async () => {
    const [strong, weak] = [absent("strong", "container"), present("weak", "interpreter")];
    const error = await errorOf(
      selectRuntime([candidate(strong), candidate(weak)], { minimumIsolation: "container" }),
    );
    expect(error).toMatchObject({ code: "unavailable", name: "SandboxUnavailable" });
    expect(error.message).toContain("strong is not there. Remedy: Install strong.");
    expect(error.message).toContain('its isolation is "interpreter"');
    expect(error.data.rejected).toHaveLength(2);
    expect(weak.calls.some(({ primitive }) => primitive === "probe")).toBe(false);
    expect([strong.isClosed, weak.isClosed]).toEqual([true, true]);
  });

  test("cuts a probe that hangs, and one that throws counts as unavailable", async () => {
    const [stuck, broken, good] = [
      present("stuck", "container"),
      present("broken", "container"),
      present("good", "interpreter"),
    ];
    stuck.hang("probe");
    broken.fail("probe", new Error("EACCES"));
    const { runtime, selection } = await selectRuntime([stuck, broken, good].map(candidate), { probeMs: 20 });
    expect(runtime).toBe(good);
    expect(selection.rejected.map(({ runtime: name }) => name)).toEqual(["stuck", "broken"]);
    expect(selection.rejected[0]?.reason).toContain("20 ms");
    expect(selection.rejected[1]?.reason).toContain("EACCES");
  });

  test("does not wait for ever for a rejected runtime to close", async () => {
    const [bad, good] = [absent("bad", "container"), present("good", "interpreter")];
    bad.fail("close", new Error("no"));
    expect((await selectRuntime([candidate(bad), candidate(good)])).runtime).toBe(good);
  });

  test("passes by what cannot be loaded, but not by wrong options", async () => {
    const good = present("good", "interpreter");
    const missing = { name: "missing", load: () => Promise.reject(new Error("Cannot find module")) };
    const { selection } = await selectRuntime([missing, candidate(good)]);
    expect(selection.rejected[0]).toMatchObject({
      runtime: "missing",
      reason: expect.stringContaining("Cannot find module"),
    });
    const wrong = new SandboxError("invalid_argument", "host is wrong.");
    const misused = { name: "misused", load: () => Promise.reject(wrong) };
    expect(await errorOf(selectRuntime([misused, candidate(good)]))).toBe(wrong);
  });

  test("is cancelled by its signal, and closes what it was trying", async () => {
    const stuck = present("stuck", "container");
    stuck.hang("probe");
    const controller = new CountingController();
    setTimeout(() => controller.abort(), 5);
    expect((await errorOf(selectRuntime([candidate(stuck)], { signal: controller.signal }))).code).toBe(
      "cancelled",
    );
    expect(controller.listeners).toBe(0);
    expect(stuck.isClosed).toBe(true);
  });

  test("with nothing to choose from says so", async () => {
    expect((await errorOf(selectRuntime([]))).code).toBe("unavailable");
  });
});

describe("requireRuntime", () => {
  test("takes the one that is asked for", async () => {
    const runtime = present("mine", "container");
    const selected = await requireRuntime(candidate(runtime), { minimumIsolation: "container" });
    expect(selected.runtime).toBe(runtime);
    expect(selected.selection).toEqual({
      runtime: "mine",
      isolation: "container",
      reason: "asked for by name",
      rejected: [],
    });
  });

  test("refuses it with its reason and remedy when it does not work", async () => {
    const runtime = absent("mine", "container");
    const error = await errorOf(requireRuntime(candidate(runtime)));
    expect(error).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("mine is not there. Remedy: Install mine."),
    });
    expect(runtime.isClosed).toBe(true);
  });

  test("refuses it as unsupported when it is too weak", async () => {
    const runtime = present("mine", "interpreter");
    expect(
      await errorOf(requireRuntime(candidate(runtime), { minimumIsolation: "namespace" })),
    ).toMatchObject({
      code: "unsupported",
      data: { runtime: "mine", capability: "isolation" },
    });
  });

  test("leaves a caller's own object open", async () => {
    const runtime = absent("mine", "container");
    await errorOf(requireRuntime({ ...candidate(runtime), keepOpen: true }));
    expect(runtime.isClosed).toBe(false);
  });

  test("that cannot be loaded is unavailable", async () => {
    const load = () => Promise.reject(new Error("Cannot find module"));
    expect((await errorOf(requireRuntime({ name: "mine", load }))).code).toBe("unavailable");
  });
});
