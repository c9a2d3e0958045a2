import { describe, expect, test } from "vitest";
import { ByteBuffer } from "../../src/util/byte-buffer.ts";
import { ByteRing } from "../../src/util/byte-ring.ts";
import { HeadTailBuffer } from "../../src/util/head-tail-buffer.ts";

const bytes = (from: number, count: number) =>
  Uint8Array.from({ length: count }, (_, index) => (from + index) % 251);
const plain = (data: Uint8Array) => [...data];

describe("ByteBuffer", () => {
  test("takes what fits and tells how much that was", () => {
    const buffer = new ByteBuffer(10);
    expect(buffer.append(bytes(0, 4))).toBe(4);
    expect(buffer.append(bytes(4, 0))).toBe(0);
    expect(buffer.append(bytes(4, 20))).toBe(6);
    expect(buffer.append(bytes(10, 1))).toBe(0);
    expect(buffer.room).toBe(0);
    expect(plain(buffer.view())).toEqual(plain(bytes(0, 10)));
  });

  test("is empty and usable after clear, and what was viewed stays as it was", () => {
    const buffer = new ByteBuffer(8);
    buffer.append(bytes(0, 8));
    const view = buffer.view();
    buffer.clear();
    expect(buffer.length).toBe(0);
    expect(buffer.append(bytes(100, 3))).toBe(3);
    expect(plain(view)).toEqual(plain(bytes(0, 8)));
  });

  test("keeps a copy, not the caller's memory", () => {
    const buffer = new ByteBuffer(4);
    const mine = bytes(1, 4);
    buffer.append(mine);
    mine.fill(0);
    expect(plain(buffer.view())).toEqual([1, 2, 3, 4]);
  });

  test("is linear: a million appends of one byte", () => {
    const buffer = new ByteBuffer(1 << 20);
    const one = bytes(7, 1);
    for (let count = 0; count < 1 << 20; count++) buffer.append(one);
    expect(buffer.length).toBe(1 << 20);
    expect(buffer.view().every((byte) => byte === 7)).toBe(true);
  });
});

describe("ByteRing", () => {
  test.each([
    [0, [3, 4]],
    [1, [1, 1, 5]],
    [7, [3, 3]],
    [7, [7]],
    [7, [8]],
    [7, [3, 4, 1]],
    [7, [2, 3, 9, 1, 30, 6]],
    [64, [1, 2, 3, 200, 63, 64, 65, 1]],
  ])("of %i bytes keeps the last of pieces of %j", (size, pieces) => {
    const ring = new ByteRing(size);
    let total = 0;
    for (const length of pieces) {
      ring.append(bytes(total, length));
      total += length;
      const kept = Math.min(size, total);
      expect(plain(ring.bytes())).toEqual(plain(bytes(total - kept, kept)));
    }
  });
});

describe("HeadTailBuffer", () => {
  test.each([0, 1, 2, 3, 9, 10])(
    "of %i bytes keeps both ends of every length, however it is cut in pieces",
    (limit) => {
      for (let total = 0; total <= 3 * limit + 3; total++) {
        for (const piece of [1, 2, 3, 7, 100]) {
          const buffer = new HeadTailBuffer(limit);
          for (let at = 0; at < total; at += piece) buffer.append(bytes(at, Math.min(piece, total - at)));
          const [first, last] = [Math.min(total, Math.ceil(limit / 2)), Math.floor(limit / 2)];
          const tail = Math.max(0, Math.min(last, total - first));
          expect(plain(buffer.head())).toEqual(plain(bytes(0, first)));
          expect(plain(buffer.tail())).toEqual(plain(bytes(total - tail, tail)));
          expect(buffer.dropped).toBe(total - first - tail);
          expect(buffer.total).toBe(total);
        }
      }
    },
  );
});
