import { parse } from "just-bash";
import { describe, expect, test } from "vitest";
import { parseLongScript } from "../../../../runtimes/embedded/worker/parse-long-script.ts";

/** The statements without what depends on where the parser began: lines. */
function withoutLines(script: object): unknown {
  return JSON.parse(JSON.stringify(script, (key, value) => (key === "line" ? undefined : value)));
}

describe("a long script", () => {
  const lines = [
    "echo one; echo two",
    "if true; then",
    "  echo 'text over",
    "two lines'",
    "fi",
    "cat <<'END'",
    "if this were code then",
    "END",
    "echo continued \\",
    "  line",
    "f() {",
    "  echo $1",
    "}",
    "true &&",
    "  false || echo x |",
    "  cat",
    "",
    "# a comment with 'a quote",
  ];

  test("is parsed as if it were parsed at once, wherever it is cut", () => {
    for (let filler = 0; filler < 40; filler++) {
      const script = `${"# filler\n".repeat(1_700)}# ${"x".repeat(filler * 7)}\n${`${lines.join("\n")}\n`.repeat(8)}`;
      expect(withoutLines(parseLongScript(script))).toEqual(withoutLines(parse(script)));
    }
  });

  test("may be far longer than the parser's limit", () => {
    const script = `${lines.join("\n")}\n`.repeat(6_000);
    expect(script.length).toBeGreaterThan(1_000_000);
    expect(parseLongScript(script).statements.length).toBe(6_000 * parse(lines.join("\n")).statements.length);
  });

  test("with a statement of half a million characters is parsed", () => {
    const script = `${"echo x\n".repeat(20_000)}cat <<'END'\n${"if line\n".repeat(60_000)}END\necho after\n`;
    expect(parseLongScript(script).statements.length).toBe(20_002);
  });

  test("with an error is an error", () => {
    expect(() => parseLongScript(`${"echo x\n".repeat(20_000)}if true; then\n`)).toThrow();
  });
});
