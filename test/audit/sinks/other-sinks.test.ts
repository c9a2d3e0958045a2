import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import {
  type AuditEvent,
  fanOut,
  functionSink,
  memorySink,
  queryAudit,
  stdoutSink,
} from "../../../src/audit/index.ts";
import type { SandboxError } from "../../../src/errors/index.ts";
import { sampleEvent } from "../support/sample-event.ts";

const broken = (name: string) =>
  functionSink(
    () => {
      throw new Error(`${name} is broken`);
    },
    { name },
  );

describe("memorySink", () => {
  test("keeps the newest, whose places do not change", async () => {
    const sink = memorySink({ maxEvents: 10 });
    for (let count = 1; count <= 35; count += 1) await sink.write(sampleEvent({ sandbox: `box${count}` }));
    expect(sink.events.map(({ sandbox }) => sandbox)).toEqual(
      Array.from({ length: 10 }, (_, index) => `box${index + 26}`),
    );
    const page = await queryAudit(sink, { limit: 3 });
    expect(page).toMatchObject({
      events: [{ sandbox: "box35" }, { sandbox: "box34" }, { sandbox: "box33" }],
      next: "33",
    });
    await sink.close();
    await expect(sink.write(sampleEvent())).rejects.toMatchObject({ code: "closed" });
  });
});

test.each([0, -1, 1.5, Number.NaN])("memorySink cannot keep %d events", (maxEvents) => {
  expect(() => memorySink({ maxEvents })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
});

describe("functionSink", () => {
  test("hands over one event after the other, also after a failure", async () => {
    const taken: (string | undefined)[] = [];
    let running = 0;
    const sink = functionSink(async ({ sandbox }) => {
      running += 1;
      expect(running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      taken.push(sandbox);
      if (sandbox === "b") throw new Error("not that one");
    });
    const results = await Promise.allSettled(
      ["a", "b", "c"].map((sandbox) => sink.write(sampleEvent({ sandbox }))),
    );
    expect(taken).toEqual(["a", "b", "c"]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("waits for what is under way before it is closed", async () => {
    const taken: AuditEvent[] = [];
    const sink = functionSink(async (event) => {
      await new Promise((resolve) => setImmediate(resolve));
      taken.push(event);
    });
    const writes = [sink.write(sampleEvent()), sink.write(sampleEvent())];
    await sink.close();
    expect(taken).toHaveLength(2);
    await Promise.all(writes);
  });
});

describe("stdoutSink", () => {
  test("writes lines of ASCII", async () => {
    const stream = new PassThrough();
    const sink = stdoutSink({ stream });
    const event = sampleEvent({ sandbox: "é\n\u001b" });
    await sink.write(event);
    await sink.close();
    const text = String(stream.read());
    expect(text).toMatch(/^[\x20-\x7e]*\n$/);
    expect(JSON.parse(text)).toEqual(event);
    expect(stream.listenerCount("error")).toBe(0);
  });

  test("rejects when nobody reads any more", async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, callback) =>
        callback(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    const sink = stdoutSink({ stream });
    await expect(sink.write(sampleEvent())).rejects.toMatchObject({
      code: "audit_unavailable",
      data: { reason: "EPIPE" },
    });
    await sink.close();
  });
});

describe("fanOut", () => {
  test("gives every sink every event", async () => {
    const sinks = [memorySink(), memorySink()] as const;
    const sink = fanOut(sinks);
    await sink.write(sampleEvent());
    await sink.close();
    expect(sinks.map(({ events }) => events.length)).toEqual([1, 1]);
  });

  test("that needs all fails with one, and the others have the event", async () => {
    const memory = memorySink();
    await expect(fanOut([broken("disk"), memory]).write(sampleEvent())).rejects.toMatchObject({
      code: "audit_unavailable",
      message: expect.stringContaining("disk is broken"),
    });
    expect(memory.events).toHaveLength(1);
  });

  test("that needs one fails only with all, and tells of the others", async () => {
    const told: SandboxError[] = [];
    const onFailure = (error: SandboxError) => void told.push(error);
    await fanOut([broken("disk"), memorySink()], { required: "any", onFailure }).write(sampleEvent());
    expect(told).toMatchObject([{ message: expect.stringContaining("disk is broken") }]);
    const none = fanOut([broken("disk"), broken("net")], { required: "any", onFailure });
    await expect(none.write(sampleEvent())).rejects.toThrow(/disk is broken.*net is broken/);
  });
});
