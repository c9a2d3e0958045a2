import { describe, expect, test } from "vitest";
import { asciiJson } from "../../src/audit/ascii-json.ts";
import { boundedText, boundedValue } from "../../src/audit/bounded-value.ts";
import { createAuditLog, memorySink } from "../../src/audit/index.ts";

describe("asciiJson", () => {
  test.each([
    "a\nb",
    "\u001b[2J",
    "\u009b31m",
    "\u202e",
    "\u2028",
    "\ud800",
    "é😀",
    '","type":"forged',
    "\u007f",
    "\0",
  ])("keeps %j on its line, and whole", (text) => {
    const json = asciiJson({ text });
    expect(json).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(json)).toEqual({ text });
  });
});

describe("boundedText", () => {
  test("leaves alone what is short", () => {
    expect(boundedText("é".repeat(2048))).toBe("é".repeat(2048));
  });

  test.each(["x", "é", "€", "😀"])(
    "cuts a long text of %s between two characters, with a mark",
    (character) => {
      const text = `a${character.repeat(3000)}${character.repeat(5000)}`;
      const cut = boundedText(text);
      const kept = cut.slice(0, cut.indexOf("["));
      expect(text.startsWith(kept)).toBe(true);
      expect(Buffer.byteLength(kept)).toBeGreaterThan(4092);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(4096);
      expect(cut).toBe(`${kept}[cut: ${Buffer.byteLength(text) - Buffer.byteLength(kept)} bytes more]`);
    },
  );
});

describe("boundedValue", () => {
  test("copies plain data", () => {
    const data = { text: "a", number: 1.5, yes: true, nothing: null, list: [1, { deep: "b" }] };
    expect(boundedValue(data)).toEqual(data);
  });

  test("has a word for everything", () => {
    const value = {
      not: Number.NaN,
      big: 10n ** 20n,
      call: () => {},
      symbol: Symbol("s"),
      date: new Date(0),
      bad: new Date(Number.NaN),
      bytes: Buffer.from("secret"),
      error: new TypeError("oh"),
      map: new Map([["a", 1]]),
      gone: undefined,
    };
    expect(boundedValue(value)).toEqual({
      not: "NaN",
      big: "100000000000000000000",
      call: "[function]",
      symbol: "[symbol]",
      date: "1970-01-01T00:00:00.000Z",
      bad: "Invalid Date",
      bytes: "[6 bytes]",
      error: { name: "TypeError", message: "oh" },
      map: [["a", 1]],
    });
  });

  test("survives what is hostile", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const getter = Object.defineProperty({}, "trap", {
      enumerable: true,
      get() {
        throw new Error("no");
      },
    });
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("no");
        },
      },
    );
    const toJson = {
      toJSON: () => {
        throw new Error("no");
      },
    };
    expect(JSON.stringify(boundedValue(circle))).toContain("[too deep]");
    expect(boundedValue(getter)).toEqual({ trap: "[unreadable]" });
    expect(boundedValue({ proxy })).toEqual({ proxy: "[unreadable]" });
    expect(JSON.stringify(boundedValue(toJson))).toBe('{"toJSON":"[function]"}');
    const prototype = boundedValue(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(JSON.stringify(prototype)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each([
    ["a text of 1 MB", { text: "x".repeat(1_000_000) }],
    ["a text of 1 MB of control characters", { text: "\u001b".repeat(1_000_000) }],
    [
      "100,000 keys",
      Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, index])),
    ],
    ["a key of 1 MB", { ["k".repeat(1_000_000)]: 1 }],
    ["a list of 100,000", { list: Array.from({ length: 100_000 }, () => "xxxx") }],
    ["64 texts of 1 MB", Array.from({ length: 64 }, () => "y".repeat(1_000_000))],
    ["wide and deep", wide(5)],
    ["100,000 deep", JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`)],
  ])("bounds %s", (_what, value) => {
    expect(asciiJson(boundedValue(value)).length).toBeLessThan(250_000);
    expect(Buffer.byteLength(JSON.stringify(boundedValue(value)).replaceAll("\\u001b", "."))).toBeLessThan(
      50_000,
    );
  });
});

test("hostile texts stay in the fields of their event", async () => {
  const hostile = 'x","type":"sandbox.removed"}\n{"seq":1,"type":"forged"}\n\u001b[31m\u202e';
  const sink = memorySink();
  const log = createAuditLog({
    sink,
    actor: { session: hostile, labels: { [hostile]: hostile } },
    runtime: "fake",
    isolation: "interpreter",
  });
  await log.record({ type: "exec.started", sandbox: hostile, code: hostile, detail: { [hostile]: hostile } });
  const line = asciiJson(sink.events[0]);
  expect(line).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(line)).toMatchObject({
    type: "exec.started",
    sandbox: hostile,
    actor: { session: hostile },
    detail: { [hostile]: hostile },
  });
});

function wide(depth: number): object {
  return Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [`k${index}`, depth === 0 ? "leaf" : wide(depth - 1)]),
  );
}
