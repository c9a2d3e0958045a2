import { describe, expect, test } from "vitest";
import { globCovers, globMatches } from "../../../src/policy/document/glob.ts";

describe("globMatches", () => {
  test.each([
    ["python:3.11-slim", "python:3.11-slim", true],
    ["python:3.11-slim", "python:3.11-slim2", false],
    ["python:*", "python:3.12@sha256:ab", true],
    ["ghcr.io/acme/*", "ghcr.io/acme/tool:1", true],
    ["ghcr.io/acme/*", "ghcr.io/acme/a/tool:1", false],
    ["ghcr.io/acme/**", "ghcr.io/acme/a/tool:1", true],
    ["*", "library/python", false],
    ["**", "library/python", true],
    ["python", "evil/python", false],
    ["a.c", "abc", false],
  ])("path %s on %s: %s", (pattern, text, expected) => {
    expect(globMatches(pattern, text, "path")).toBe(expected);
  });

  test("in a text the wildcard stands for slashes as well", () => {
    expect(globMatches("team-*", "team-a/b", "text")).toBe(true);
  });

  test("a hostile pattern costs little", () => {
    const started = performance.now();
    expect(globMatches(`${"*a".repeat(250)}b`, "a".repeat(512), "text")).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("globCovers", () => {
  test.each([
    ["ghcr.io/acme/**", "ghcr.io/acme/*", true],
    ["ghcr.io/acme/*", "ghcr.io/acme/**", false],
    ["ghcr.io/acme/*", "ghcr.io/acme/tool*", true],
    ["ghcr.io/acme/tool*", "ghcr.io/acme/*", false],
    ["**", "**", true],
    ["*", "a*b", true],
    ["a*b", "*", false],
  ])("%s over %s: %s", (outer, inner, expected) => {
    expect(globCovers(outer, inner, "path")).toBe(expected);
  });

  test("never says yes where a text tells the two apart", () => {
    const letters = ["a", "/", "*", "**"];
    const patterns = letters.flatMap((one) =>
      letters.flatMap((two) => letters.map((three) => one + two + three)),
    );
    const texts = ["", "a", "/", "aa", "a/", "/a", "a/a", "aaa", "//", "a//a", "/a/"];
    const wrong = patterns.flatMap((outer) =>
      patterns
        .filter(
          (inner) =>
            globCovers(outer, inner, "path") &&
            texts.some((text) => globMatches(inner, text, "path") && !globMatches(outer, text, "path")),
        )
        .map((inner) => `${outer} over ${inner}`),
    );
    expect(wrong).toEqual([]);
  });
});
