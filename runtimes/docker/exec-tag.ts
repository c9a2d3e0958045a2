import { createHmac, randomInt } from "node:crypto";

/**
 * The tag of a command is a CPU-time limit in seconds from 2^33 (272 years) to 2^34: 16 random bits and 17 bits of a keyed
 * hash over them, so that a limit which a program sets for itself is not taken for the tag of another command. The kernel counts
 * the limit in nanoseconds of 64 bits, so nothing above 1.8e10 seconds may be used.
 */
const base = 2 ** 33;
const randomRange = 2 ** 16;
const hashRange = 2 ** 17;

/** A new tag under the sandbox's key, none of those in `used`. */
export function newExecTag(key: string, used: ReadonlySet<number>): number {
  for (;;) {
    const random = randomInt(randomRange);
    const tag = base + random * hashRange + hashOf(key, random);
    if (!used.has(tag)) return tag;
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
