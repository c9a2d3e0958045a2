import assert from "node:assert/strict";
import { connect, isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";
import { type CanonicalHost, canonicalHost } from "../../../src/egress/canonical-host.ts";
import { parseEgressRule } from "../../../src/egress/egress-rule.ts";
import { findRule, ruleAllows } from "../../../src/egress/match-rule.ts";
import { isSandboxError } from "../../../src/errors/index.ts";
import type { FuzzTarget } from "../support/fuzz-target.ts";
import { hostileHost } from "../support/hostile-host.ts";
import { createTally } from "../support/tally.ts";

const listed = "allowed.test";
const tally = createTally();

/** A host has one reading, and an allowlist of one host allows nothing that anybody reads as another. */
export const target: FuzzTarget = {
  name: "canonical-host",
  setUp: () => tally.reset(),
  run: async (random) => {
    const raw = hostileHost(random, listed);
    const found = canonicalHost(raw);
    checkParsesOrRefuses(raw);
    tally.count(found === undefined ? "none" : found.host === listed ? "listed" : found.kind);
    const rules = [parseEgressRule(listed)];
    const allowed = found !== undefined && findRule(rules, found, 443) !== undefined;
    assert.equal(allowed, found?.host === listed);
    if (allowed)
      for (const host of readings(raw)) assert.equal(host, listed, `read from ${JSON.stringify(raw)}`);
    if (found === undefined) return;
    checkForm(raw, found);
    checkOwnRule(found);
    checkAddress(raw, found);
    if (found.kind === "name" && random.oneIn(10)) assert.equal(await dialledName(found.host), found.host);
  },
  tearDown: () => tally.expectEach(["none", "listed", "name", "ipv4", "ipv6"], 100),
};

/** What parsers and resolvers that this project does not use would take the text for. */
function readings(raw: string): (string | undefined)[] {
  const withoutDot = (host: string | undefined) => host?.replace(/\.$/, "");
  return [
    withoutDot(URL.parse(`http://${raw}/`)?.hostname),
    withoutDot(URL.parse(`https://user:word@${raw}:8443/path?query`)?.hostname),
    withoutDot(URL.parse(`ws://${decodeURIComponent(raw)}`)?.hostname),
    withoutDot(domainToASCII(raw.split("\0")[0] ?? "")),
    withoutDot(domainToASCII(raw.split(/[/\\?#]/)[0] ?? "")),
    withoutDot(domainToASCII(raw.split("@").at(-1) ?? "")),
    withoutDot(domainToASCII(raw.trim().normalize("NFKC"))),
  ];
}

function checkForm(raw: string, found: CanonicalHost): void {
  const { host, kind } = found;
  assert.deepEqual(canonicalHost(host), found, `${JSON.stringify(raw)} changes when it is read again`);
  if (kind === "ipv4") assert.ok(isIPv4(host));
  if (kind === "ipv6") assert.ok(isIPv6(host) && !/^::ffff:[0-9a-f]+:[0-9a-f]+$/.test(host), host);
  if (kind !== "name") return;
  assert.ok(!isIPv4(host) && !isIPv6(host) && host.length <= 253);
  assert.match(host, /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/);
  assert.equal(domainToASCII(host), host);
}

/** A rule of the host alone allows it, and neither its neighbours nor what is above and below. */
function checkOwnRule({ host, kind }: CanonicalHost): void {
  const rule = parseEgressRule(kind === "ipv6" ? `[${host}]:443` : `${host}:443`);
  assert.ok(ruleAllows(rule, { host, kind }, 443));
  assert.ok(!ruleAllows(rule, { host, kind }, 80));
  const above = host.slice(host.indexOf(".") + 1);
  for (const other of [`a${host}`, `a.${host}`, `${host}.evil.test`, `${host}a`, above]) {
    const known = canonicalHost(other);
    if (known !== undefined && known.host !== host) assert.ok(!ruleAllows(rule, known, 443), other);
  }
}

/** Numbers in any notation are the address that inet_aton makes of them. */
function checkAddress(raw: string, { host, kind }: CanonicalHost): void {
  const expected = inetAton(raw.replace(/\.$/, ""));
  if (expected !== undefined) assert.deepEqual({ host, kind }, { host: expected, kind: "ipv4" }, raw);
}

/** As in BSD: one to four numbers, decimal, octal or hexadecimal; the last fills what is left. */
function inetAton(text: string): string | undefined {
  const parts = text.split(".");
  if (parts.length > 4 || !parts.every((part) => /^(?:0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.test(part)))
    return undefined;
  const numbers = parts.map((part) => Number(/^0[0-7]+$/.test(part) ? `0o${part}` : part));
  const last = numbers.pop() as number;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  const value = numbers.reduce((sum, number, index) => sum + number * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** The name that Node asks the resolver for. */
function dialledName(host: string): Promise<string> {
  return new Promise((resolve) => {
    const lookup = (name: string, _: object, done: (error: Error) => void) => {
      done(new Error("not resolved"));
      resolve(name);
    };
    connect({ host, port: 443, lookup: lookup as never }).on("error", () => {});
  });
}

function checkParsesOrRefuses(text: string): void {
  try {
    parseEgressRule(text);
  } catch (error) {
    assert.ok(isSandboxError(error, "invalid_argument"), String(error));
  }
}
