import { expect, test } from "vitest";
import { ReceiveQueue } from "../../../src/runtime/tunnel/receive-queue.ts";

function drain(queue: ReceiveQueue): Buffer[] {
  const pieces: Buffer[] = [];
  for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) pieces.push(piece);
  return pieces;
}

/** What the pieces keep alive, each buffer once. */
function heldBytes(pieces: readonly Buffer[]): number {
  return [...new Set(pieces.map((piece) => piece.buffer))].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );
}

test("bytes come out in the order in which they came, whatever their sizes", () => {
  const queue = new ReceiveQueue();
  const sizes = [1, 5000, 3, 4095, 4096, 100, 70_000, 1, 1, 8192];
  const all = Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, index)));
  let at = 0;
  for (const size of sizes) {
    queue.push(all.subarray(at, at + size));
    at += size;
  }
  expect(queue.isEmpty).toBe(false);
  expect(Buffer.concat(drain(queue)).equals(all)).toBe(true);
  expect(queue.isEmpty).toBe(true);
});

test("single bytes share buffers, and do not keep alive what they were cut from", () => {
  const queue = new ReceiveQueue();
  for (let index = 0; index < 10_000; index++) queue.push(Buffer.alloc(65_536).subarray(7, 8));
  const pieces = drain(queue);
  expect(pieces.length).toBeLessThan(4);
  expect(heldBytes(pieces)).toBeLessThan(30_000);
});

test.each([
  [4096, 1],
  [4095, 4095],
  [5000, 3000],
  [30_000, 10],
])("pieces of %i and %i bytes in turn hold no more than twice their bytes", (large, small) => {
  const queue = new ReceiveQueue();
  for (let index = 0; index < 200; index++) {
    queue.push(Buffer.alloc(65_536).subarray(0, large));
    queue.push(Buffer.alloc(65_536).subarray(0, small));
  }
  const pieces = drain(queue);
  expect(heldBytes(pieces)).toBeLessThanOrEqual(2 * 200 * (large + small) + 4096);
});

test("what was pushed may be overwritten while it is small", () => {
  const queue = new ReceiveQueue();
  const bytes = Buffer.from("one");
  queue.push(bytes);
  bytes.fill(0);
  expect(String(queue.shift())).toBe("one");
});

test("a cleared queue is empty", () => {
  const queue = new ReceiveQueue();
  queue.push(Buffer.alloc(5000));
  queue.push(Buffer.alloc(5));
  queue.clear();
  expect(queue.isEmpty).toBe(true);
  expect(queue.shift()).toBeUndefined();
});
