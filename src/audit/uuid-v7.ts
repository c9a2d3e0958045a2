import { randomFillSync } from "node:crypto";

/** The 12 bits that count within a millisecond start below half of their range, so that there is room to count. */
const counterStart = 0x800;
const counterEnd = 0x1000;

/** Random bytes of one UUID, and how many UUIDs' are asked for at once: each question to the system's source takes longer than a UUID. */
const randomBytes = 10;
const pooled = 256;

/**
 * A source of UUIDs of version 7 (RFC 9562, section 5.7, with the counter of section 6.2 method 1): each is greater than the one before,
 * also within a millisecond and when the clock is set back.
 */
export function createUuidV7(now: () => number = Date.now): () => string {
  let lastMs = 0;
  let counter = 0;
  const bytes = Buffer.alloc(16);
  const pool = Buffer.alloc(randomBytes * pooled);
  let used = pool.length;
  return () => {
    const nowMs = now();
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    pool.copy(bytes, 6, used, used + randomBytes);
    used += randomBytes;
    if (nowMs > lastMs) {
      lastMs = nowMs;
      counter = bytes.readUInt16BE(6) % counterStart;
    } else {
      counter += 1;
      if (counter >= counterEnd) {
        lastMs += 1;
        counter = 0;
      }
    }
    bytes.writeUIntBE(lastMs, 0, 6);
    bytes.writeUInt16BE(0x7000 | counter, 6);
    bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
    const hex = bytes.toString("hex");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };
}
