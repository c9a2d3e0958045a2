import { describe, expect, test } from "vitest";
import { withAdmission } from "../../../src/policy/layers/with-admission.ts";
import { withAudit } from "../../../src/policy/layers/with-audit.ts";
import { withLimits } from "../../../src/policy/layers/with-limits.ts";
import { fakeRuntime } from "../../../src/testing/index.ts";
import { RecordingLog } from "../support/layer-fixtures.ts";
import { policyOf, specOf } from "../support/policies.ts";

const document = {
  images: { allow: ["python:3.11-slim"] },
  snapshots: { take: ["work-*"], use: ["work-*", "base"] },
};

function setUp(changes: object = {}) {
  const inner = fakeRuntime();
  const audit = new RecordingLog();
  const policy = policyOf({ ...document, ...changes });
  const under = (tenant?: string) => {
    const actor = tenant === undefined ? {} : { tenant };
    return withAudit(inner, audit, (runtime) =>
      withAdmission(withLimits(runtime, { policy, audit }), { policy, actor, audit }),
    );
  };
  return { inner, audit, under };
}

const denied = (code: string) => ({
  code: "policy_violation",
  violations: [expect.objectContaining({ code })],
});

describe("snapshots under a policy", () => {
  test("are labelled with whom they are for, and recorded", async () => {
    const { inner, audit, under } = setUp();
    const runtime = under("acme");
    const sandbox = await runtime.create(specOf());
    const taken = await sandbox.snapshot?.("work-1", { labels: { a: "b" } });
    expect(taken?.labels).toEqual({ a: "b", "ctx-sandbox.tenant": "acme" });
    const { snapshots } = runtime;
    expect((await snapshots?.list())?.map(({ name }) => name)).toEqual(["work-1"]);
    await runtime.create(specOf({ name: "second", snapshot: "work-1" }));
    await snapshots?.remove({ name: "work-1", id: taken?.id ?? "" });
    expect(await inner.snapshots?.list()).toEqual([]);
    expect(audit.types).toEqual([
      "sandbox.created",
      "snapshot.created",
      "snapshot.listed",
      "sandbox.created",
      "snapshot.removed",
    ]);
    expect(audit.entries[1]).toMatchObject({ sandbox: "box", detail: { snapshot: "work-1" } });
    expect(audit.entries[3]).toMatchObject({ detail: { request: { snapshot: "work-1" } } });
  });

  test("are refused by name, and for labels of the platform's", async () => {
    const { under, inner } = setUp();
    const runtime = under("acme");
    const sandbox = await runtime.create(specOf());
    await expect(sandbox.snapshot?.("base")).rejects.toMatchObject(denied("snapshot_not_allowed"));
    const labels = { "ctx-sandbox.tenant": "other" };
    await expect(sandbox.snapshot?.("work-1", { labels })).rejects.toMatchObject(denied("label_reserved"));
    expect(await inner.snapshots?.list()).toEqual([]);
    const silent = setUp({ snapshots: undefined }).under("acme");
    const other = await silent.create(specOf());
    await expect(other.snapshot?.("work-1")).rejects.toMatchObject(denied("snapshot_not_allowed"));
  });

  test("of another tenant are as if they were not there", async () => {
    const { inner, under } = setUp();
    const [acme, rival] = [under("acme"), under("rival")];
    const taken = await (await acme.create(specOf())).snapshot?.("work-1");
    expect(await rival.snapshots?.list()).toEqual([]);
    await expect(rival.snapshots?.find("work-1")).rejects.toMatchObject({ code: "not_found" });
    const stolen = specOf({ name: "thief", snapshot: "work-1", ...(taken && { snapshotId: taken.id }) });
    await expect(rival.create(stolen)).rejects.toMatchObject({ code: "not_found" });
    await rival.snapshots?.remove({ name: "work-1", id: taken?.id ?? "" });
    expect(await inner.snapshots?.list()).toHaveLength(1);
  });

  test("that belong to nobody are for all whom the policy lets use them, and for nobody to remove", async () => {
    const { inner, under } = setUp({ snapshots: { take: ["*"], use: ["base"] } });
    const platform = await inner.create(specOf({ name: "golden" }));
    const [base] = [await platform.snapshot?.("base"), await platform.snapshot?.("private")];
    const runtime = under("acme");
    expect((await runtime.snapshots?.list())?.map(({ name }) => name)).toEqual(["base"]);
    await runtime.create(specOf({ snapshot: "base" }));
    await expect(runtime.create(specOf({ name: "b", snapshot: "private" }))).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(runtime.snapshots?.remove({ name: "base", id: base?.id ?? "" })).rejects.toMatchObject(
      denied("snapshot_not_allowed"),
    );
    expect(await inner.snapshots?.list()).toHaveLength(2);
  });

  test("are judged by the image that they have, whatever the request says", async () => {
    const { inner, under } = setUp();
    const golden = await inner.create(specOf({ name: "golden", image: "evil:1" }));
    await golden.snapshot?.("base");
    const asked = specOf({ snapshot: "base", image: "python:3.11-slim" });
    await expect(under("acme").create(asked)).rejects.toMatchObject(denied("image_not_allowed"));
  });

  test("in shadow mode nothing is refused and everything told", async () => {
    const { audit, under } = setUp({ mode: "shadow", snapshots: undefined });
    const sandbox = await under("acme").create(specOf());
    await sandbox.snapshot?.("work-1");
    expect(audit.types).toContain("policy.shadowed");
  });

  test("one that cannot be recorded is removed again", async () => {
    const { inner, audit, under } = setUp();
    const sandbox = await under().create(specOf());
    const record = audit.record.bind(audit);
    audit.record = async (entry) => {
      if (entry.type === "snapshot.created") audit.isBroken = true;
      await record(entry);
    };
    await expect(sandbox.snapshot?.("work-1")).rejects.toMatchObject({ code: "audit_unavailable" });
    expect(await inner.snapshots?.list()).toEqual([]);
  });
});
