import { appendFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type AuditEvent, auditStatistics, memorySink, queryAudit } from "../../../src/audit/index.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { sampleLog, writeEvents } from "../support/sample-log.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const moment = (minute: number) => new Date(at(minute));

const events: readonly AuditEvent[] = [
  sampleEvent({
    at: at(0),
    type: "sandbox.created",
    actor: { session: "s1", agent: "a1", tenant: "t1" },
    sandbox: "x",
  }),
  sampleEvent({
    at: at(1),
    type: "exec.finished",
    actor: { session: "s1", agent: "a1", tenant: "t1" },
    sandbox: "x",
  }),
  sampleEvent({
    at: at(2),
    type: "egress.denied",
    severity: "warning",
    outcome: "denied",
    actor: { session: "s2" },
    sandbox: "y",
  }),
  sampleEvent({
    at: at(3),
    type: "exec.finished",
    severity: "error",
    outcome: "failed",
    actor: { agent: "a2", user: "u" },
    sandbox: "y",
  }),
  sampleEvent({
    at: at(4),
    type: "sandbox.removed",
    actor: { session: "s1", agent: "a1", tenant: "t1" },
    sandbox: "x",
  }),
];

async function memoryOf(some: readonly AuditEvent[]) {
  const sink = memorySink();
  for (const event of some) await sink.write(event);
  return sink;
}

const minutes = (found: readonly AuditEvent[]) => found.map((event) => new Date(event.at).getUTCMinutes());

describe("queryAudit", () => {
  test.each([
    [{}, [4, 3, 2, 1, 0]],
    [{ session: "s1" }, [4, 1, 0]],
    [{ agent: "a2" }, [3]],
    [{ tenant: "t1", sandbox: "x", types: ["exec.finished", "sandbox.removed"] }, [4, 1]],
    [{ user: "u" }, [3]],
    [{ severity: "warning" }, [2]],
    [{ outcome: "failed" }, [3]],
    [{ from: moment(1), to: moment(3) }, [2, 1]],
    [{ types: [] }, []],
    [{ session: "nobody" }, []],
  ] as const)("finds what fits %j", async (filter, expected) => {
    expect(minutes((await queryAudit(await memoryOf(events), filter)).events)).toEqual(expected);
  });

  test("pages through a log, while it grows", async () => {
    const { path, options } = await sampleLog(50, { maxBytes: 4096 });
    const seen: (string | undefined)[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await queryAudit(path, { limit: 7, ...(after !== undefined && { after }) });
      seen.push(...page.events.map(({ sandbox }) => sandbox));
      after = page.next;
      if (after === undefined) break;
      await writeEvents(options, [sampleEvent({ sandbox: "new" })]);
    }
    expect(seen).toEqual(Array.from({ length: 50 }, (_, index) => `box${50 - index}`));
  });

  test("has no next page after the last event", async () => {
    const sink = await memoryOf(events);
    expect((await queryAudit(sink, { limit: 5 })).next).toBeUndefined();
    expect((await queryAudit(sink, { limit: 4 })).next).toBeDefined();
  });

  test("passes over what is no event", async () => {
    const { path } = await sampleLog(2);
    await appendFile(path, `garbage\n{"type":"forged"}\n${"x".repeat(3_000_000)}\n{"seq":3`);
    expect((await queryAudit(path)).events.map(({ sandbox }) => sandbox)).toEqual(["box2", "box1"]);
  });

  test.each([
    [{ limit: 0 }, "limit"],
    [{ limit: 1.5 }, "limit"],
    [{ after: "x" }, "after"],
    [{ types: ["made.up"] }, "types"],
    [{ from: new Date(Number.NaN) }, "from"],
    [{ severity: "fatal" }, "severity"],
  ])("refuses %j", async (query, field) => {
    await expect(queryAudit(memorySink(), query as object)).rejects.toMatchObject({
      code: "invalid_argument",
      data: { field },
    });
  });

  test("refuses a log that is not there", async () => {
    await expect(queryAudit("/nowhere/audit.jsonl")).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("auditStatistics", () => {
  test("counts all that is there", async () => {
    expect(await auditStatistics(await memoryOf(events))).toEqual({
      events: 5,
      sessions: 2,
      agents: 2,
      sandboxes: 2,
      byType: { "egress.denied": 1, "exec.finished": 2, "sandbox.created": 1, "sandbox.removed": 1 },
      bySeverity: { info: 3, warning: 1, error: 1 },
      byOutcome: { ok: 3, denied: 1, failed: 1 },
      firstAt: at(0),
      lastAt: at(4),
    });
  });

  test("keeps every number to the range", async () => {
    expect(await auditStatistics(await memoryOf(events), { from: moment(2), to: moment(4) })).toEqual({
      events: 2,
      sessions: 1,
      agents: 1,
      sandboxes: 1,
      byType: { "egress.denied": 1, "exec.finished": 1 },
      bySeverity: { info: 0, warning: 1, error: 1 },
      byOutcome: { ok: 0, denied: 1, failed: 1 },
      firstAt: at(2),
      lastAt: at(3),
    });
  });

  test("keeps to a session", async () => {
    expect(await auditStatistics(await memoryOf(events), { session: "s1", from: moment(1) })).toMatchObject({
      events: 2,
      sessions: 1,
      byType: { "exec.finished": 1, "sandbox.removed": 1 },
    });
  });

  test("of nothing is zero", async () => {
    const { events: count, ...rest } = await auditStatistics(memorySink());
    expect(count).toBe(0);
    expect(rest).not.toHaveProperty("firstAt");
  });
});
