import { createHmac, randomInt } from "node:crypto";

/**
 * The tag of a command is a CPU-time limit in seconds from 2^33 (272 years) to 2^34: 16 random bits and 17 bits of a keyed
 * hash over them, so that a limit which a program sets for itself is not taken for the tag of another command. The kernel counts
 * the limit in nanoseconds of 64 bits, so nothing above 1.8e10 seconds may be used.
 */
const base = 2 ** 33;
const randomRange = 2 ** 16;
const hashRange = 2 ** 17;

/** Half of all tags: a new one is found at the second try on average, and none comes back before so many others. */
const remembered = randomRange / 2;

/** A new tag under the sandbox's key, none of those in `used`, to which it is added; the oldest is forgotten in time. */
export function newExecTag(key: string, used: Set<number>): number {
  for (;;) {
    const random = randomInt(randomRange);
    const tag = base + random * hashRange + hashOf(key, random);
    if (used.has(tag)) continue;
    const [oldest] = used;
    if (oldest !== undefined && used.size >= remembered) used.delete(oldest);
    used.add(tag);
    return tag;
  }
}

/** Whether the number was made by {@link newExecTag} with that key. */
export function isExecTag(key: string, value: number): boolean {
  if (!Number.isSafeInteger(value) || value < base) return false;
  const random = Math.floor((value - base) / hashRange);
  return random < randomRange && (value - base) % hashRange === hashOf(key, random);
}

function hashOf(key: string, random: number): number {
  return createHmac("sha256", key).update(String(random)).digest().readUInt32BE() % hashRange;
}
