// The fake internet, in a network namespace of its own: it answers at every address and logs whatever comes. It ends with its owner.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import type { Arrival } from "./arrival.ts";
import { createAuthority } from "./certificates.ts";
import { hasIpv6 } from "./has-ipv6.ts";
import { startNameServer } from "./name-server.ts";
import { startWebServers } from "./web-server.ts";

/** Where programs go that speak neither HTTP nor TLS, and where nothing but a log listens. */
const rawPorts = [22, 5432, 9000];

const certified = ["allowed.test", "api.test", "second.test", "evil.test", "flip.test", "loopback.test"];

const log = (arrival: Arrival) => void process.send?.(arrival);

process.once("disconnect", () => process.exit());
execFileSync("ip", ["link", "set", "lo", "up"]);
// Clients reach one another; whether a new namespace forwards is up to the host it is made on.
writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
for (const family of hasIpv6() ? ["-4", "-6"] : ["-4"]) {
  const any = family === "-4" ? "0.0.0.0/0" : "::/0";
  execFileSync("ip", [family, "route", "add", "local", any, "dev", "lo", "table", "main"]);
}
const watch = spawn("python3", [new URL("packet-watch.py", import.meta.url).pathname], {
  stdio: ["pipe", "pipe", "inherit"],
});
watch.once("exit", () => process.exit(1));
const lines = createInterface(watch.stdout);
await once(lines, "line");
lines.on("line", (line) => log(JSON.parse(line) as Arrival));
const authority = createAuthority();
const certificate = authority.issue(certified.flatMap((name) => [name, `*.${name}`]));
await Promise.all([startNameServer(log), startWebServers(certificate, log), ...rawPorts.map(listenRaw)]);
process.send?.({ certificateAuthority: authority.certificate });

/** Greets as a server does that speaks first, and logs what it is sent. */
async function listenRaw(port: number): Promise<void> {
  const server = createServer((socket) => {
    const to = (socket.localAddress ?? "").replace(/^::ffff:/, "");
    socket.on("error", () => {});
    socket.on("data", (data) =>
      log({ kind: "bytes", to, port, text: data.toString("latin1").slice(0, 200) }),
    );
    socket.write("SSH-2.0-fake\r\n");
  });
  server.listen(port, "::");
  await once(server, "listening");
}
