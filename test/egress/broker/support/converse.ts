import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { Chance } from "./chance.ts";

/** Who a program can talk to: `plain.test`, `secret.test` by TLS, `raw.test`. */
export interface Internet {
  readonly chance: Chance;
  readonly ports: { readonly http: number; readonly https: number; readonly raw: number };
  readonly placeholder: string;
}

function speakTls(program: Duplex, request: string): void {
  program.once("data", () => {
    const secured = connectTls({ socket: program, servername: "secret.test", rejectUnauthorized: false });
    secured.on("error", () => {});
    secured.once("secureConnect", () => secured.write(request));
    secured.resume();
  });
}

/** What a program says, by chance. */
export function converse(program: Duplex, { chance, ports, placeholder }: Internet): void {
  const host = chance.among([`plain.test:${ports.http}`, "inner.test", "missing.test", "evil.test"]);
  const secret = `secret.test:${ports.https}`;
  const head = `Host: ${secret}\r\nAuthorization: Bearer ${placeholder}\r\n`;
  const what = chance.among([
    "get",
    "get",
    "post",
    "pipelined",
    "tls",
    "tls",
    "upgrade",
    "raw",
    "noise",
    "silence",
  ]);
  if (what !== "tls" && what !== "upgrade") program.resume();
  if (what === "get") program.write(`GET http://${host}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
  if (what === "pipelined") program.write(`GET http://${host}/ HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(5));
  if (what === "post") {
    program.write(`POST http://${host}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n`);
    program.write(Buffer.alloc(chance.sometimes(0.5) ? 30_000 : 10_000));
  }
  if (what === "tls" || what === "upgrade") {
    const upgrade = what === "upgrade" ? "Connection: Upgrade\r\nUpgrade: websocket\r\n" : "";
    speakTls(program, `GET / HTTP/1.1\r\n${head}${upgrade}\r\n`);
    program.write(`CONNECT ${secret} HTTP/1.1\r\nHost: x\r\n\r\n`);
  }
  if (what === "raw") program.write(`CONNECT raw.test:${ports.raw} HTTP/1.1\r\nHost: x\r\n\r\nhello`);
  if (what === "noise") program.write(Buffer.from(Array.from({ length: 64 }, () => chance.next() * 256)));
}
