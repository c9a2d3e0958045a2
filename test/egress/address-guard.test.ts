import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { type AddressGuardOptions, createAddressGuard } from "../../src/egress/address-guard.ts";
import { isSandboxError } from "../../src/errors/index.ts";

const guard = (options: AddressGuardOptions = {}) =>
  createAddressGuard({ ownAddresses: () => [], ...options });

/** The first and last addresses of what is denied, and the public neighbours just outside. */
const ipv4: readonly (readonly [string, string, string | undefined, string | undefined])[] = [
  ["0.0.0.0", "0.255.255.255", undefined, "1.0.0.0"],
  ["10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"],
  ["100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"],
  ["127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"],
  ["169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"],
  ["172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"],
  ["192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"],
  ["192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"],
  ["192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"],
  ["192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"],
  ["198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"],
  ["198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"],
  ["203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"],
  ["224.0.0.0", "255.255.255.255", "223.255.255.255", undefined],
  ["168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"],
];

describe("createAddressGuard", () => {
  test.each(ipv4)(
    "denies %s to %s and nothing beside it, also inside of IPv6",
    (first, last, before, after) => {
      const mayDial = guard();
      for (const address of [first, last]) {
        expect(mayDial(address)).toBe(false);
        expect(mayDial(`::ffff:${address}`)).toBe(false);
      }
      for (const address of [before, after]) {
        if (address === undefined) continue;
        expect(mayDial(address), address).toBe(true);
        expect(mayDial(`::ffff:${address}`), address).toBe(true);
      }
    },
  );

  const denied = [
    ["loopback", "::1"],
    ["unspecified", "::"],
    ["IPv4-compatible", "::8.8.8.8"],
    ["IPv4-translated", "::ffff:0:8.8.8.8"],
    ["NAT64", "64:ff9b::8.8.8.8"],
    ["local NAT64", "64:ff9b:1::1"],
    ["discard-only", "100::1"],
    ["Teredo", "2001:0:1::1"],
    ["protocol assignments", "2001:1::1"],
    ["the end of protocol assignments", "2001:1ff:ffff::1"],
    ["documentation, the longer", "3fff:fff:ffff::1"],
    ["documentation", "2001:db8::1"],
    ["6to4 of a private address", "2002:7f00:1::1"],
    ["6to4 of a public address", "2002:808:808::1"],
    ["just below global unicast", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["just above global unicast", "4000::"],
    ["unique local", "fd00:ec2::254"],
    ["unique local, first half", "fc00::1"],
    ["link-local", "fe80::1"],
    ["link-local with a zone", "fe80::1%eth0"],
    ["global with a zone", "2606:4700::1111%eth0"],
    ["site-local", "fec0::1"],
    ["multicast", "ff02::1"],
    ["a name", "example.com"],
    ["nothing", ""],
    ["a hidden loopback", "0x7f.1"],
  ] as const;
  test.each(denied)("denies %s: %s", (_, address) => {
    expect(guard()(address)).toBe(false);
  });

  test.each([
    "8.8.8.8",
    "2606:4700:4700::1111",
    "2000::",
    "3fff:ffff::1",
    "2001:200::1",
    "2001:db7::1",
    "2003::1",
  ])("allows %s", (address) => {
    expect(guard()(address)).toBe(true);
  });

  test("denies this host's own addresses, as they are at the time of the call", () => {
    const own: string[] = [];
    const mayDial = guard({ ownAddresses: () => own });
    expect(mayDial("8.8.4.4")).toBe(true);
    own.push("8.8.4.4", "2606:4700:0::1", "not an address");
    expect(mayDial("8.8.4.4")).toBe(false);
    expect(mayDial("::ffff:8.8.4.4")).toBe(false);
    expect(mayDial("2606:4700::1")).toBe(false);
    expect(mayDial("2606:4700::2")).toBe(true);
    own.length = 0;
    expect(mayDial("8.8.4.4")).toBe(true);
  });

  test("denies every address of every interface without being told", () => {
    const mayDial = createAddressGuard({});
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ address }) => mayDial(address))).toEqual([]);
  });

  test("lets through what the platform opened, this host's own addresses there as well", () => {
    const mayDial = guard({
      openNetworks: ["10.1.0.0/16", "127.0.0.1/32", "fd00:1::/33"],
      ownAddresses: () => ["10.1.0.7"],
    });
    const open = ["10.1.0.0", "10.1.255.255", "10.1.0.7", "::ffff:10.1.2.3", "127.0.0.1", "fd00:1:7fff::1"];
    expect(open.filter((address) => !mayDial(address))).toEqual([]);
    const closed = [
      "10.0.255.255",
      "10.2.0.0",
      "127.0.0.2",
      "::1",
      "fd00:1:8000::",
      "fd00:2::1",
      "169.254.169.254",
    ];
    expect(closed.filter((address) => mayDial(address))).toEqual([]);
  });

  test("all of one family opened leaves the other closed", () => {
    const ipv6 = guard({ openNetworks: ["::/0"] });
    expect([ipv6("::1"), ipv6("127.0.0.1"), ipv6("::ffff:127.0.0.1")]).toEqual([true, false, false]);
    const ipv4 = guard({ openNetworks: ["0.0.0.0/0"] });
    expect([ipv4("127.0.0.1"), ipv4("::ffff:127.0.0.1"), ipv4("::1")]).toEqual([true, true, false]);
  });

  const bad = [
    ["10.0.0.0", /is not a CIDR\. Write one such as "10\.1\.0\.0\/16"/],
    ["10.0.0.0/33", /is not a CIDR/],
    ["10.0.0.0/08", /is not a CIDR/],
    ["10.0.0/8", /is not a CIDR/],
    ["0x0a.0.0.0/8", /is not a CIDR/],
    ["fd00::/129", /is not a CIDR/],
    ["fe80::1%eth0/64", /is not a CIDR/],
    ["example.com/8", /is not a CIDR/],
    ["", /is not a CIDR/],
    ["*", /is not a CIDR/],
    ["10.0.0.5/8", /inside of the network.*write "10\.0\.0\.5\/32"/],
    ["fd00::1/64", /inside of the network.*write "fd00::1\/128"/],
    ["::ffff:10.0.0.0/104", /IPv4 inside IPv6.*"10\.0\.0\.0\/32"/],
  ] as const;
  test.each(bad)("refuses to open %j", (network, message) => {
    expect(() => guard({ openNetworks: ["10.0.0.0/8", network] })).toThrow(message);
    try {
      guard({ openNetworks: ["10.0.0.0/8", network] });
    } catch (error) {
      expect(isSandboxError(error, "invalid_argument")).toBe(true);
      expect(error).toMatchObject({ data: { field: "openNetworks.1" } });
    }
  });
});
