import { describe, expect, test } from "vitest";
import { formatAge } from "../../../src/cli/output/format-age.ts";
import { formatBytes } from "../../../src/cli/output/format-bytes.ts";
import { renderTable } from "../../../src/cli/output/table.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [536_870_912, "512 MiB"],
  [2 ** 60, "1048576 TiB"],
])("formatBytes(%d) is %s", (bytes, expected) => {
  expect(formatBytes(bytes)).toBe(expected);
});

describe("formatAge", () => {
  const now = new Date("2030-01-01T00:00:00Z");
  test.each([
    [0, "now"],
    [-999, "now"],
    [-1_000, "1 second ago"],
    [-120_000, "2 minutes ago"],
    [3_600_000, "in 1 hour"],
    [200_000_000, "in 2 days"],
  ])("%d ms away is %s", (distanceMs, expected) => {
    expect(formatAge(new Date(now.getTime() + distanceMs), now)).toBe(expected);
  });
});

describe("renderTable", () => {
  test("aligns columns and keeps hostile cells on their line", () => {
    const table = renderTable(
      ["NAME", "LABELS"],
      [
        ["a", "x=1"],
        ["longer", "y=\nfake   row"],
      ],
      (_, text) => text,
    );
    expect(table).toBe("NAME     LABELS\na        x=1\nlonger   y=\\x0afake   row\n");
  });

  test("shows the headings alone when there is no row", () => {
    expect(renderTable(["NAME", "STATUS"], [], (_, text) => text)).toBe("NAME   STATUS\n");
  });
});
