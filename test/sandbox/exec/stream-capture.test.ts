import { describe, expect, test } from "vitest";
import { StreamCapture } from "../../../src/sandbox/exec/stream-capture.ts";

const marker = /\n… (\d+) bytes left out …\n/;
const text = "añ€😀".repeat(6);
const bytes = Buffer.from(text);

function capture(maxBytes: number, pieces: readonly Uint8Array[]) {
  const stream = new StreamCapture(maxBytes);
  for (const piece of pieces) stream.append(piece);
  return stream.text({ ended: true });
}

/** A text in pieces of so many bytes. */
function cut(data: Uint8Array, length: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += length) pieces.push(data.subarray(at, at + length));
  return pieces;
}

describe("StreamCapture", () => {
  test("keeps everything up to the cap, wherever the text is cut in two", () => {
    for (let at = 0; at <= bytes.length; at++) {
      const captured = capture(bytes.length, [bytes.subarray(0, at), bytes.subarray(at)]);
      expect(captured).toEqual({ text, truncated: false, droppedBytes: 0 });
    }
  });

  test.each([1, 2, 3, 5])("keeps everything in pieces of %i bytes", (length) => {
    expect(capture(1000, cut(bytes, length)).text).toBe(text);
  });

  test("at every cap keeps whole characters of both ends, and counts what is missing", () => {
    for (let cap = 0; cap < bytes.length; cap++) {
      for (const length of [1, 3, 1000]) {
        const captured = capture(cap, cut(bytes, length));
        const [head, missing, tail] = captured.text.split(marker) as [string, string, string];
        expect(captured.truncated).toBe(true);
        expect(captured.text).not.toContain("\ufffd");
        expect(text.startsWith(head)).toBe(true);
        expect(text.endsWith(tail)).toBe(true);
        const kept = Buffer.byteLength(head) + Buffer.byteLength(tail);
        expect(Number(missing)).toBe(bytes.length - kept);
        expect(captured.droppedBytes).toBe(bytes.length - kept);
        expect(kept).toBeLessThanOrEqual(cap);
        expect(kept).toBeGreaterThanOrEqual(cap - 6);
      }
    }
  });

  test("keeps the first and the last half of plain text to the byte", () => {
    const digits = Buffer.from("0123456789".repeat(10));
    expect(capture(10, [digits]).text).toBe("01234\n… 90 bytes left out …\n56789");
    expect(capture(11, [digits]).text).toBe("012345\n… 89 bytes left out …\n56789");
    expect(capture(1, [digits]).text).toBe("0\n… 99 bytes left out …\n");
    expect(capture(0, [digits]).text).toBe("\n… 100 bytes left out …\n");
    expect(capture(100, [digits])).toEqual({ text: digits.toString(), truncated: false, droppedBytes: 0 });
    expect(capture(99, [digits]).droppedBytes).toBe(1);
  });

  test("shows invalid bytes as U+FFFD, and a byte-order mark as it is", () => {
    expect(capture(10, [Uint8Array.of(0x61, 0xff, 0x62)]).text).toBe("a\ufffdb");
    expect(capture(10, [Uint8Array.of(0x61, 0xe2, 0x82)]).text).toBe("a\ufffd");
    expect(capture(10, [Buffer.from("\ufeffa")]).text).toBe("\ufeffa");
  });

  test("in the middle of a stream leaves out a character that is not whole yet", () => {
    for (let at = 0; at <= bytes.length; at++) {
      const stream = new StreamCapture(1000);
      stream.append(bytes.subarray(0, at));
      const soFar = stream.text({ ended: false }).text;
      expect(soFar).not.toContain("\ufffd");
      expect(text.startsWith(soFar)).toBe(true);
      stream.append(bytes.subarray(at));
      expect(stream.text({ ended: false }).text).toBe(text);
    }
  });
});
