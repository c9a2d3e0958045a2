import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { makeCertificate } from "../../../src/egress/broker/certificate.ts";
import { SandboxAuthority } from "../../../src/egress/broker/sandbox-authority.ts";

const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });

function make(host: string, notAfter = new Date("2031-02-03T04:05:06Z")): X509Certificate {
  const issuer = { issuer: "authority", issuerPublicKey: keys.publicKey, issuerPrivateKey: keys.privateKey };
  const notBefore = new Date("2021-02-03T04:05:06Z");
  return new X509Certificate(
    makeCertificate({ ...issuer, subject: "s", publicKey: keys.publicKey, notBefore, notAfter, host }),
  );
}

describe("a certificate", () => {
  test.each([
    ["allowed.test", "DNS:allowed.test"],
    [`${"a".repeat(63)}.${"b".repeat(63)}.test`, `DNS:${"a".repeat(63)}.${"b".repeat(63)}.test`],
    ["192.0.2.1", "IP Address:192.0.2.1"],
    ["2001:db8::1", "IP Address:2001:DB8:0:0:0:0:0:1"],
    ["2001:db8:1:2:3:4:5:6", "IP Address:2001:DB8:1:2:3:4:5:6"],
    ["::1", "IP Address:0:0:0:0:0:0:0:1"],
  ])("is for %s alone", (host, alternative) => {
    const certificate = make(host);
    expect(certificate.subjectAltName).toBe(alternative);
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.verify(keys.publicKey)).toBe(true);
    const matches = alternative.startsWith("DNS") ? certificate.checkHost(host) : certificate.checkIP(host);
    expect(matches).toBeTruthy();
    expect(certificate.checkHost("other.test")).toBeUndefined();
  });

  test.each(["2031-02-03T04:05:06Z", "2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z"])("ends at %s", (end) => {
    expect(Date.parse(make("allowed.test", new Date(end)).validTo)).toBe(Date.parse(end));
  });

  test("has a number of its own", () => {
    expect(make("allowed.test").serialNumber).not.toBe(make("allowed.test").serialNumber);
  });
});

describe("an authority", () => {
  test("keeps what it made for a host, of so many hosts", () => {
    const authority = new SandboxAuthority("box");
    const first = authority.leaf("a.test");
    expect(authority.leaf("a.test")).toBe(first);
    for (let index = 0; index < 256; index += 1) authority.leaf(`h${index}.test`);
    expect(authority.leaf("a.test")).not.toBe(first);
    expect(authority.certificate).not.toContain("PRIVATE");
  });
});
