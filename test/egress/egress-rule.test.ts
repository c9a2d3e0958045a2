import { describe, expect, test } from "vitest";
import { parseEgressRule, parseEgressRules } from "../../src/egress/egress-rule.ts";
import { isSandboxError } from "../../src/errors/index.ts";

const read: readonly (readonly [string, object])[] = [
  ["example.com", { host: "example.com", kind: "name", wildcard: false, ports: [80, 443], raw: false }],
  ["Example.COM.", { host: "example.com", ports: [80, 443] }],
  ["bücher.example", { host: "xn--bcher-kva.example" }],
  ["example.com:8443", { host: "example.com", ports: [8443] }],
  ["*.example.com", { host: "example.com", wildcard: true, ports: [80, 443] }],
  ["*.api.example.co.uk:443", { host: "api.example.co.uk", wildcard: true, ports: [443] }],
  ["*.somebody.github.io", { host: "somebody.github.io", wildcard: true }],
  ["*.corp.internal", { host: "corp.internal", wildcard: true }],
  ["localhost:3000", { host: "localhost", ports: [3000] }],
  ["192.0.2.1", { host: "192.0.2.1", kind: "ipv4", ports: [80, 443] }],
  ["192.0.2.1:8080", { host: "192.0.2.1", ports: [8080] }],
  ["[2001:DB8::1]:443", { host: "2001:db8::1", kind: "ipv6", ports: [443] }],
  ["[2001:db8::1]", { host: "2001:db8::1", ports: [80, 443] }],
  ["2001:db8::1:443", { host: "2001:db8::1:443", ports: [80, 443] }],
  ["tcp://db.example.com:5432", { host: "db.example.com", ports: [5432], raw: true }],
  ["TCP://*.db.example.com:5432", { host: "db.example.com", wildcard: true, ports: [5432], raw: true }],
  ["tcp://[2001:db8::1]:22", { host: "2001:db8::1", ports: [22], raw: true }],
];

const refused: readonly (readonly [string, string, RegExp])[] = [
  ["nothing", "", /is empty\. Remove it; an empty list denies everything/],
  ["everything", "*", /would allow every host\. Name each host/],
  ["everything on a port", "*:443", /would allow every host/],
  ["everything raw", "tcp://*:22", /would allow every host/],
  ["a top-level domain", "*.com", /many owners.*below com\. Write .*"\*\.example\.com"/],
  ["an unknown top-level domain", "*.internal", /many owners/],
  ["a public suffix", "*.co.uk", /many owners/],
  ["a public suffix of Unicode", "*.рф", /many owners/],
  ["a private suffix", "*.github.io:443", /many owners/],
  ["a private suffix in capitals with a dot", "*.GitHub.IO.", /many owners/],
  ["a private suffix raw", "tcp://*.github.io:22", /many owners/],
  ["a suffix of every label", "*.kawasaki.jp", /many owners/],
  ["a suffix of a suffix of every label", "*.compute.amazonaws.com", /many owners/],
  [
    "a wildcard inside",
    "api.*.example.com",
    /wildcard that is not the whole first label.*"\*\.example\.com"/,
  ],
  ["half a label of wildcard", "*example.com", /wildcard that is not the whole first label/],
  ["two wildcards", "*.*.example.com", /wildcard that is not the whole first label/],
  ["a wildcard below an address", "*.192.0.2.1", /wildcard below an address. Write "192.0.2.1"/],
  ["a range", "10.0.0.0/8", /range of addresses\. .*only the platform can open networks/],
  ["a range of IPv6", "fd00::/8", /range of addresses/],
  ["a range of everything", "0.0.0.0/0", /range of addresses/],
  ["a URL", "https://example.com/x", /URL or part of one\. Write "example\.com"\. Paths/],
  ["a URL with a port", "https://user:word@Example.com:8443/?q", /Write "example\.com:8443"\./],
  ["a URL with a wildcard", "https://*.example.com/", /Write "\*\.example\.com"\./],
  ["a URL of IPv6", "http://[2001:db8::1]:81/", /Write "\[2001:db8::1\]:81"\./],
  ["a URL of no host", "file:///etc/passwd", /URL or part of one\. Write a host, such as/],
  ["a host with a path", "example.com/v1", /Write "example\.com"\./],
  ["user information", "user@example.com", /Write "example\.com"\./],
  ["raw without a port", "tcp://db.example.com", /names no port\. Write "tcp:\/\/db\.example\.com:5432"/],
  ["raw IPv6 without a port", "tcp://2001:db8::1", /Write "tcp:\/\/\[2001:db8::1\]:5432"/],
  ["port 0", "example.com:0", /port "0"\. Write a number from 1 to 65535/],
  ["a port too large", "example.com:65536", /port "65536"/],
  ["a port of six digits", "example.com:100000", /port "100000"/],
  ["a port with a zero in front", "example.com:0443", /port "0443"/],
  ["no port behind the colon", "example.com:", /port ""/],
  ["all ports", "example.com:*", /port "\*"/],
  ["a range of ports", "example.com:80-90", /port "80-90"/],
  ["two ports", "example.com:80,443", /one rule for each port/],
  ["a port of full-width digits", "example.com:４４３", /port/],
  ["a hidden address", "127.1", /not spelled out\. Write "127\.0\.0\.1"/],
  ["a hidden address with a port", "2130706433:80", /not spelled out\. Write "127\.0\.0\.1"/],
  ["IPv4 inside of IPv6", "[::ffff:192.0.2.1]:80", /not spelled out\. Write "192\.0\.2\.1"/],
  ["a zone", "[fe80::1%eth0]", /names no valid host/],
  ["an empty label", "a..example.com", /names no valid host/],
  ["white space", " example.com", /names no valid host/],
  ["a line end", "example.com\n", /names no valid host/],
  ["NUL", "example.com\0.test", /names no valid host/],
  ["a port alone", ":443", /names no valid host/],
  ["10 KB", "a".repeat(10_000), /longer than any host/],
];

describe("parseEgressRule", () => {
  test.each(read)("reads %s", (text, expected) => {
    const rule = parseEgressRule(text);
    expect(rule).toMatchObject({ text, ...expected });
    expect(Object.isFrozen(rule) && Object.isFrozen(rule.ports)).toBe(true);
  });

  test.each(refused)("refuses %s and says what to write", (_, text, message) => {
    const error = caught(() => parseEgressRule(text, "egress.allow.3"));
    expect(isSandboxError(error, "invalid_argument")).toBe(true);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toContain("(egress.allow.3)");
    expect((error as Error).message.length).toBeLessThan(600);
    expect(error).toMatchObject({ data: { field: "egress.allow.3" } });
  });

  test("refuses what is not a text", () => {
    for (const value of [undefined, null, 5, {}, ["example.com"]]) {
      expect(() => parseEgressRule(value as string)).toThrow(/is not a text\. Write a host/);
    }
  });
});

describe("parseEgressRules", () => {
  test("keeps the order, and an empty list empty", () => {
    expect(parseEgressRules(["b.test", "a.test"]).map(({ host }) => host)).toEqual(["b.test", "a.test"]);
    expect(parseEgressRules([])).toEqual([]);
  });

  test("names the place of the first that is none", () => {
    expect(() => parseEgressRules(["a.test", "*", "*.com"], "egress.allow")).toThrow('"*" (egress.allow.1)');
  });
});

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
