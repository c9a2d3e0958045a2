import { domainToASCII } from "node:url";
import { describe, expect, test } from "vitest";
import { canonicalHost } from "../../src/egress/canonical-host.ts";

const label63 = "a".repeat(63);
const longest = [label63, label63, label63, "a".repeat(61)].join(".");

const same: readonly (readonly [string, string, string])[] = [
  ["example.com", "example.com", "name"],
  ["EXAMPLE.Com", "example.com", "name"],
  ["example.com.", "example.com", "name"],
  ["example。com｡", "example.com", "name"],
  ["ｅｘａｍｐｌｅ．ｃｏｍ", "example.com", "name"],
  ["exam\u00adple.com", "example.com", "name"],
  ["bücher.example", "xn--bcher-kva.example", "name"],
  ["XN--Bcher-KVA.example", "xn--bcher-kva.example", "name"],
  ["my_service", "my_service", "name"],
  ["_dmarc.r3---sn-a.example", "_dmarc.r3---sn-a.example", "name"],
  ["localhost", "localhost", "name"],
  [longest, longest, "name"],
  [`${longest}.`, longest, "name"],
  ["192.0.2.1", "192.0.2.1", "ipv4"],
  ["192.0.2.1.", "192.0.2.1", "ipv4"],
  ["127.1", "127.0.0.1", "ipv4"],
  ["0x7f.1", "127.0.0.1", "ipv4"],
  ["0X7F.0.0.1", "127.0.0.1", "ipv4"],
  ["0177.0.0.1", "127.0.0.1", "ipv4"],
  ["2130706433", "127.0.0.1", "ipv4"],
  ["0x7f000001", "127.0.0.1", "ipv4"],
  ["①②⑦.1", "127.0.0.1", "ipv4"],
  ["１２７.0.0.1", "127.0.0.1", "ipv4"],
  ["0", "0.0.0.0", "ipv4"],
  ["::1", "::1", "ipv6"],
  ["[::1]", "::1", "ipv6"],
  ["2001:DB8:0:0::0001", "2001:db8::1", "ipv6"],
  ["64:ff9b::7f00:1", "64:ff9b::7f00:1", "ipv6"],
  ["::127.0.0.1", "::7f00:1", "ipv6"],
  ["::ffff:0:127.0.0.1", "::ffff:0:7f00:1", "ipv6"],
  ["::ffff:127.0.0.1", "127.0.0.1", "ipv4"],
  ["[::ffff:7f00:1]", "127.0.0.1", "ipv4"],
  ["0:0:0:0:0:FFFF:a9fe:a9fe", "169.254.169.254", "ipv4"],
];

const none: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["a dot", "."],
  ["an empty label", "a..b"],
  ["an empty first label", ".example.com"],
  ["two final dots", "example.com.."],
  ["two final dots of different kinds", "example.com.。"],
  ["two final dots behind an address", "127.0.0.1.."],
  ["NUL", "example.com\0.evil.test"],
  ["a percent sign", "example.com%00"],
  ["a full-width percent sign", "example.com％00"],
  ["user information", "example.com@evil.test"],
  ["a full-width at sign", "example.com＠evil.test"],
  ["a slash", "example.com/a"],
  ["a full-width slash", "example.com／a"],
  ["a character that holds a slash", "example℀com"],
  ["a backslash", "evil.test\\example.com"],
  ["a question mark", "example.com?a"],
  ["a fragment", "example.com#a"],
  ["a tab", "exam\tple.com"],
  ["CR LF", "example.com\r\nHost: evil.test"],
  ["a space in front", " example.com"],
  ["a space behind", "example.com "],
  ["an ideographic space", "example\u3000com"],
  ["a line separator", "example.com\u2028"],
  ["DEL", "example\u007f.com"],
  ["a control of C1", "example\u0085.com"],
  ["a port", "example.com:443"],
  ["a full-width colon", "example.com：443"],
  ["a port behind brackets", "[::1]:443"],
  ["a wildcard", "*.example.com"],
  ["an asterisk", "*"],
  ["a comma", "a,b"],
  ["a quotation mark", 'a"b.com'],
  ["a hyphen in front", "-a.example.com"],
  ["a hyphen behind", "a-.example.com"],
  ["a label of 64", `${"a".repeat(64)}.com`],
  ["a name of 254", `${label63}.${label63}.${label63}.${"a".repeat(62)}`],
  ["a name of 10 KB", "a.".repeat(5000)],
  ["an address with a number too many", "1.2.3.4.5"],
  ["an address with a number too large", "1.2.3.256"],
  ["a name that ends in a number", "example.1"],
  ["a name that ends in a hexadecimal number", "example.0x1"],
  ["a number too large", "4294967296"],
  ["a zone", "fe80::1%eth0"],
  ["a zone in brackets", "[fe80::1%25eth0]"],
  ["brackets around IPv4", "[127.0.0.1]"],
  ["brackets around a name", "[example.com]"],
  ["brackets twice", "[[::1]]"],
  ["half a bracket", "[::1"],
  ["a dot behind brackets", "[::1]."],
  ["a lone surrogate", "\ud800.com"],
  ["a joiner that no name has", "a\u200db.com"],
];

describe("canonicalHost", () => {
  test.each(same)("%j is %s", (raw, host, kind) => {
    expect(canonicalHost(raw)).toEqual({ host, kind });
    expect(canonicalHost(host)).toEqual({ host, kind });
  });

  test.each(none)("refuses %s", (_, raw) => {
    expect(canonicalHost(raw)).toBeUndefined();
  });

  test("refuses every character that no host has, wherever it stands", () => {
    for (let code = 0; code < 0x80; code += 1) {
      const character = String.fromCharCode(code);
      if (/[A-Za-z0-9._-]/.test(character)) continue;
      for (const raw of [`${character}a.com`, `a${character}b.com`, `a.com${character}`]) {
        expect(canonicalHost(raw), JSON.stringify(raw)).toBeUndefined();
      }
    }
  });

  test("no single character of Unicode brings a forbidden one in, or a form that changes again", () => {
    for (let code = 0x80; code <= 0x10ffff; code += code < 0x3000 ? 1 : 7) {
      const found = canonicalHost(`a${String.fromCodePoint(code)}b.com`);
      if (found === undefined) continue;
      expect(found.host).toMatch(/^[a-z0-9_.-]+$/);
      expect(canonicalHost(found.host)).toEqual(found);
      expect(domainToASCII(found.host)).toBe(found.host);
    }
  });
});
