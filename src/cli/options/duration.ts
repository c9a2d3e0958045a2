const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** The longest life of a sandbox: ten years, as the library has it. */
const longestMs = 3650 * unitMs.d;

/** What {@link parseDuration} takes, in words. */
export const durationFormat = "a duration such as 90s, 30m, 1h30m or 2d, from 1s to 3650d";

/** Milliseconds of `1h30m` and the like, or undefined when it is none that is allowed. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$/.exec(text);
  if (match === null || text === "") return undefined;
  const [, days = "0", hours = "0", minutes = "0", seconds = "0"] = match;
  const totalMs =
    Number(days) * unitMs.d +
    Number(hours) * unitMs.h +
    Number(minutes) * unitMs.m +
    Number(seconds) * unitMs.s;
  return totalMs > 0 && totalMs <= longestMs ? totalMs : undefined;
}
