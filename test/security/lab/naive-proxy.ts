import { lookup, Resolver } from "node:dns/promises";
import { once } from "node:events";
import { connect, createServer, isIP, type Server, type Socket } from "node:net";
import { addresses } from "../fake-internet/zone.ts";

/**
 * A forward proxy as it is often written, to attack in place of ours: it compares text, resolves a name once to judge it and once
 * more to connect, and hands on every byte behind the first head.
 */
export async function startNaiveProxy(address: string, port: number): Promise<Server> {
  const server = createServer((client) => {
    client.on("error", () => {});
    client.once("data", (first: Buffer) => {
      client.pause();
      serve(client, first).catch(() => client.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
    });
  });
  server.listen(port, address);
  await once(server, "listening");
  return server;
}

async function serve(client: Socket, first: Buffer): Promise<void> {
  const text = first.toString("latin1");
  const [, method = "", target = ""] = /^(\S+) (.*) HTTP\/1\.\d\r\n/s.exec(text) ?? [];
  const isTunnel = method === "CONNECT";
  const authority = isTunnel ? target : (/^\w+:\/\/([^/]*)/.exec(target)?.[1] ?? "");
  const [, name = "", port = ""] = /^(.*?)(?::(\d+))?$/s.exec(authority) ?? [];
  if (name === "evil.test" || name === "127.0.0.1") throw new Error("on the list of what is denied");
  const judged = await resolve(name);
  if (judged === "127.0.0.1" && !isIP(name) && name === "flip.test") throw new Error("a private address");
  const upstream = connect({ host: await resolve(name), port: Number(port || 80) });
  upstream.on("error", () => client.destroy());
  client.once("close", () => upstream.destroy());
  await once(upstream, "connect");
  if (isTunnel) {
    client.write("HTTP/1.1 200 OK\r\n\r\n");
    upstream.write(first.subarray(first.indexOf("\r\n\r\n") + 4));
  } else
    upstream.write(Buffer.from(text.replace(target, target.replace(/^\w+:\/\/[^/]*/, "") || "/"), "latin1"));
  upstream.pipe(client).pipe(upstream);
}

/** As a resolver in C would: what follows a NUL is not seen, and a URL's user and fragment are cut off. */
async function resolve(name: string): Promise<string> {
  const host = name.replace(/[\0#\\%].*$/s, "").replace(/^.*@/s, "");
  const ascii = new URL(`http://${host.replace(/\.$/, "")}`).hostname.replaceAll(/[[\]]/g, "");
  if (isIP(ascii)) return ascii;
  if (ascii === "localhost") return (await lookup(ascii)).address;
  const resolver = new Resolver();
  resolver.setServers([addresses.nameServer]);
  const [address] = await resolver.resolve4(ascii).catch(() => resolver.resolve6(ascii));
  if (address === undefined) throw new Error("no address");
  return address;
}
