import { describe, expect, test } from "vitest";
import { brokenUtf8Head, unfinishedUtf8Tail, utf8Decoder } from "../../src/util/utf8.ts";

const sample = Buffer.from("aé€😀z\u{10ffff}߿ࠀ\uffff");

/** Offsets in the sample at which a character begins. */
const borders = new Set<number>([sample.length]);
for (let at = 0; at < sample.length; at++) if (((sample[at] ?? 0) & 0xc0) !== 0x80) borders.add(at);

describe("unfinishedUtf8Tail", () => {
  test("leaves every prefix of a text at the border of a character", () => {
    for (let end = 0; end <= sample.length; end++) {
      const prefix = sample.subarray(0, end);
      const kept = end - unfinishedUtf8Tail(prefix);
      expect(borders.has(kept)).toBe(true);
      expect(prefix.subarray(0, kept).toString()).not.toContain("\ufffd");
      if (borders.has(end)) expect(kept).toBe(end);
    }
  });

  test.each([
    [[0xff]],
    [[0x80]],
    [[0x80, 0x80, 0x80, 0x80]],
    [[0xc0]],
    [[0xf5, 0x80]],
    [[0xe2, 0x82, 0xac, 0x80]],
    [[]],
  ])("leaves invalid bytes %j alone", (bytes) => {
    expect(unfinishedUtf8Tail(Uint8Array.from(bytes))).toBe(0);
  });
});

describe("brokenUtf8Head", () => {
  test("makes every suffix of a text begin with a character", () => {
    for (let start = 0; start <= sample.length; start++) {
      const suffix = sample.subarray(start);
      expect(borders.has(start + brokenUtf8Head(suffix))).toBe(true);
    }
  });

  test("takes at most three bytes of what is no text", () => {
    expect(brokenUtf8Head(new Uint8Array(10).fill(0x80))).toBe(3);
    expect(brokenUtf8Head(Uint8Array.of(0x80))).toBe(1);
  });
});

test("the decoder keeps a byte-order mark and replaces what is invalid", () => {
  expect(utf8Decoder().decode(Buffer.from("\ufeffa"))).toBe("\ufeffa");
  expect(utf8Decoder().decode(Uint8Array.of(0x61, 0xff, 0x62))).toBe("a\ufffdb");
});
