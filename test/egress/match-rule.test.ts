import { describe, expect, test } from "vitest";
import { type CanonicalHost, canonicalHost } from "../../src/egress/canonical-host.ts";
import { parseEgressRule, parseEgressRules } from "../../src/egress/egress-rule.ts";
import { findRule, isNarrower, ruleAllows, ruleCovers } from "../../src/egress/match-rule.ts";

const host = (raw: string) => canonicalHost(raw) as CanonicalHost;
const allows = (rule: string, raw: string, port = 443) => ruleAllows(parseEgressRule(rule), host(raw), port);
const covers = (outer: string, inner: string) => ruleCovers(parseEgressRule(outer), parseEgressRule(inner));
const narrower = (outer: readonly string[], inner: readonly string[]) =>
  isNarrower(parseEgressRules(outer), parseEgressRules(inner));

describe("ruleAllows", () => {
  test("a name allows itself alone, however it is spelled", () => {
    for (const same of ["example.com", "EXAMPLE.com.", "example。com", "ｅxample.com"]) {
      expect(allows("example.com", same), same).toBe(true);
    }
    const others = [
      "a.example.com",
      "aexample.com",
      "example.com.evil.test",
      "example.co",
      "com",
      "xn--example-1.com",
    ];
    for (const other of others) expect(allows("example.com", other), other).toBe(false);
  });

  test("a wildcard allows any depth below, and not the name itself", () => {
    for (const below of ["a.example.com", "a.b.c.example.com", "A.Example.Com."]) {
      expect(allows("*.example.com", below), below).toBe(true);
    }
    for (const other of ["example.com", "aexample.com", "a.example.com.evil.test", "example.com.a"]) {
      expect(allows("*.example.com", other), other).toBe(false);
    }
  });

  test("ports are exact, 80 and 443 when none is written", () => {
    expect([80, 443, 8080, 22].map((port) => allows("example.com", "example.com", port))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([80, 8443].map((port) => allows("example.com:8443", "example.com", port))).toEqual([false, true]);
    expect([22, 443].map((port) => allows("tcp://example.com:22", "example.com", port))).toEqual([
      true,
      false,
    ]);
    for (const port of [0, -1, 443.5, Number.NaN, 65_536])
      expect(allows("example.com", "example.com", port)).toBe(false);
  });

  test("an address allows itself in every spelling, and no name", () => {
    for (const same of ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "[::ffff:7f00:1]"]) {
      expect(allows("127.0.0.1", same), same).toBe(true);
    }
    expect(allows("[2001:db8::1]:443", "2001:0db8:0::1")).toBe(true);
    expect(allows("127.0.0.1", "localhost")).toBe(false);
    expect(allows("127.0.0.1", "::1")).toBe(false);
    expect(allows("127.0.0.1", "::127.0.0.1")).toBe(false);
  });
});

describe("findRule", () => {
  test("without rules everything is denied", () => {
    for (const raw of ["example.com", "127.0.0.1", "::1"])
      expect(findRule([], host(raw), 443)).toBeUndefined();
  });

  test("finds the first, a raw one before the others", () => {
    const rules = parseEgressRules(["*.example.com", "a.example.com", "tcp://b.example.com:443"]);
    expect(findRule(rules, host("a.example.com"), 443)?.text).toBe("*.example.com");
    expect(findRule(rules, host("b.example.com"), 443)?.text).toBe("tcp://b.example.com:443");
    expect(findRule(rules, host("b.example.com"), 80)?.text).toBe("*.example.com");
    expect(findRule(rules, host("example.com"), 443)).toBeUndefined();
  });
});

describe("ruleCovers", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["example.com", "EXAMPLE.com", true],
    ["example.com", "example.com:443", true],
    ["example.com:443", "example.com", false],
    ["example.com", "example.com:8443", false],
    ["example.com", "a.example.com", false],
    ["example.com", "*.example.com", false],
    ["*.example.com", "example.com", false],
    ["*.example.com", "a.b.example.com", true],
    ["*.example.com", "*.example.com:80", true],
    ["*.example.com", "*.a.example.com", true],
    ["*.a.example.com", "*.example.com", false],
    ["*.example.com", "*.aexample.com", false],
    ["*.example.com", "aexample.com", false],
    ["192.0.2.1", "192.0.2.1:80", true],
    ["192.0.2.1", "192.0.2.2", false],
    ["[2001:db8::1]", "2001:db8:0::1", true],
    ["tcp://db.test:443", "tcp://db.test:443", true],
    ["tcp://db.test:443", "db.test:443", true],
    ["tcp://db.test:443", "db.test", false],
    ["db.test:443", "tcp://db.test:443", false],
    ["tcp://db.test:443", "tcp://db.test:444", false],
    ["tcp://*.db.test:443", "tcp://a.db.test:443", true],
  ];
  test.each(cases)("%s over %s: %s", (outer, inner, expected) => {
    expect(covers(outer, inner)).toBe(expected);
  });

  test("agrees with what the rules allow", () => {
    const texts = cases.map(([outer]) => outer).concat(cases.map(([, inner]) => inner));
    const hosts = [
      "example.com",
      "a.example.com",
      "b.a.example.com",
      "aexample.com",
      "x.aexample.com",
      "a.b.example.com",
    ];
    const more = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "db.test", "a.db.test", "EXAMPLE.com."];
    for (const outer of parseEgressRules(texts)) {
      for (const inner of parseEgressRules(texts)) {
        if (!ruleCovers(outer, inner)) continue;
        for (const known of [...hosts, ...more].map(host)) {
          for (const port of [80, 443, 444, 8443]) {
            if (!ruleAllows(inner, known, port)) continue;
            expect(ruleAllows(outer, known, port), `${outer.text} over ${inner.text}: ${known.host}`).toBe(
              true,
            );
          }
        }
      }
    }
  });
});

describe("isNarrower", () => {
  test("nothing is narrower than anything, and nothing else than nothing", () => {
    expect(narrower([], [])).toBe(true);
    expect(narrower(["example.com"], [])).toBe(true);
    expect(narrower([], ["example.com"])).toBe(false);
  });

  test("the rules may cover one together, port by port", () => {
    expect(narrower(["example.com:80", "tcp://example.com:443"], ["example.com"])).toBe(true);
    expect(narrower(["example.com:80", "*.example.com"], ["example.com"])).toBe(false);
    expect(narrower(["*.example.com", "example.com"], ["a.example.com", "example.com:80"])).toBe(true);
  });

  test("one that is not covered is enough", () => {
    expect(narrower(["*.example.com"], ["a.example.com", "evil.test"])).toBe(false);
    expect(narrower(["example.com"], ["example.com", "tcp://example.com:443"])).toBe(false);
  });
});
