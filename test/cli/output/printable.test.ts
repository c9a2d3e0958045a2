import { expect, test } from "vitest";
import { printable } from "../../../src/cli/output/printable.ts";

test("control characters and direction marks become visible", () => {
  expect(printable("a\u001b[31mb\nc\td\u202ee\u009bf\u007f")).toBe(
    "a\\x1b[31mb\\x0ac\\x09d\\u202ee\\x9bf\\x7f",
  );
});

test("other text stays as it is", () => {
  expect(printable("ä € 🙂 \\ \u00a0")).toBe("ä € 🙂 \\ \u00a0");
});
