import { describe, expect, test } from "vitest";
import { type AuditLogOptions, createAuditLog, functionSink, memorySink } from "../../src/audit/index.ts";
import type { SandboxError } from "../../src/errors/index.ts";

const facts = {
  actor: { tenant: "acme", session: "s1" },
  runtime: "fake",
  isolation: "interpreter",
} as const;
const failing = (message = "the disk is gone") =>
  functionSink(() => {
    throw Object.assign(new Error(message), { code: "EIO" });
  });

describe("createAuditLog", () => {
  test("completes an entry with who, where and when", async () => {
    const sink = memorySink();
    const before = Date.now();
    await createAuditLog({ sink, ...facts }).record({
      type: "sandbox.created",
      sandbox: "box",
      durationMs: 1.23456,
    });
    const [event] = sink.events;
    expect(event).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      at: expect.any(String),
      type: "sandbox.created",
      severity: "info",
      outcome: "ok",
      ...facts,
      sandbox: "box",
      durationMs: 1.235,
      detail: {},
    });
    expect(Date.parse(event?.at ?? "")).toBeGreaterThanOrEqual(before);
    expect(Object.isFrozen(event)).toBe(true);
  });

  test("judges how much an event matters", async () => {
    const sink = memorySink();
    const log = createAuditLog({ sink, ...facts });
    await log.record({ type: "exec.finished" });
    await log.record({ type: "policy.denied", outcome: "denied" });
    await log.record({ type: "egress.denied" });
    await log.record({ type: "sandbox.created", outcome: "failed", code: "connection_lost" });
    await log.record({ type: "secret.unavailable" });
    expect(sink.events.map(({ severity }) => severity)).toEqual([
      "info",
      "warning",
      "warning",
      "error",
      "error",
    ]);
  });

  test("keeps the order of calls that do not wait", async () => {
    const sink = memorySink();
    const log = createAuditLog({ sink, ...facts });
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => log.record({ type: "exec.started", sandbox: `${index}` })),
    );
    expect(sink.events.map(({ sandbox }) => Number(sandbox))).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
    const ids = sink.events.map(({ id }) => id);
    expect(ids.toSorted()).toEqual(ids);
  });

  test("has defaults that are safe", () => {
    expect(createAuditLog({ sink: memorySink(), ...facts })).toMatchObject({
      required: true,
      arguments: "shape",
    });
  });
});

describe("where the log is required", () => {
  test("a failure of the sink refuses the operation", async () => {
    const log = createAuditLog({ sink: failing(), ...facts });
    await expect(log.record({ type: "exec.started" })).rejects.toMatchObject({
      code: "audit_unavailable",
      message: expect.stringContaining("the disk is gone"),
      data: { sink: "function", reason: "EIO", type: "exec.started" },
      cause: expect.objectContaining({ code: "EIO" }),
    });
  });

  test("it resolves only when the sink has the event safe", async () => {
    const gate = Promise.withResolvers<void>();
    const log = createAuditLog({ sink: functionSink(() => gate.promise), ...facts });
    let isSafe = false;
    const recorded = log.record({ type: "exec.started" }).then(() => {
      isSafe = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isSafe).toBe(false);
    gate.resolve();
    await recorded;
    expect(isSafe).toBe(true);
  });

  test("a sink that hangs counts as failed", async () => {
    const log = createAuditLog({ sink: functionSink(() => new Promise(() => {})), deadlineMs: 20, ...facts });
    await expect(log.record({ type: "exec.started" })).rejects.toMatchObject({
      code: "audit_unavailable",
      message: expect.stringContaining("longer than 20 ms"),
    });
  });
});

describe("where the log is not required", () => {
  function lossyLog(options: Partial<AuditLogOptions>) {
    const told: { error: SandboxError; failures: number }[] = [];
    const onFailure = (error: SandboxError, failures: number) => void told.push({ error, failures });
    return {
      told,
      log: createAuditLog({ sink: failing(), ...facts, required: false, onFailure, ...options }),
    };
  }

  test("failures are told, at most once a minute", async () => {
    const { told, log } = lossyLog({});
    for (let count = 0; count < 100; count += 1) await log.record({ type: "exec.started" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([{ error: expect.objectContaining({ code: "audit_unavailable" }), failures: 1 }]);
  });

  test("nothing waits for the sink, and what waits there is bounded", async () => {
    let taken = 0;
    const sink = functionSink(() => {
      taken += 1;
      return new Promise(() => {});
    });
    const { told, log } = lossyLog({ sink, maxPending: 3 });
    for (let count = 0; count < 5; count += 1) await log.record({ type: "exec.started" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBe(1);
    expect(told).toEqual([
      { error: expect.objectContaining({ message: expect.stringContaining("3 events wait") }), failures: 1 },
    ]);
  });

  test("a listener that throws harms nobody", async () => {
    const { log } = lossyLog({
      onFailure: () => {
        throw new Error("of the listener");
      },
    });
    await expect(log.record({ type: "exec.started" })).resolves.toBeUndefined();
  });
});
