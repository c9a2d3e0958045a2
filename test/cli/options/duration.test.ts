import { describe, expect, test } from "vitest";
import { parseDuration } from "../../../src/cli/options/duration.ts";

describe("parseDuration", () => {
  test.each([
    ["90s", 90_000],
    ["30m", 1_800_000],
    ["1h", 3_600_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    ["1d2h3m4s", 93_784_000],
    ["3650d", 315_360_000_000],
  ])("reads %s", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  test.each(["", "30", "m", "1.5h", "-1h", "0s", "1m1h", "1h ", "Infinity", "1e3s", "3651d"])(
    "refuses %j",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});
