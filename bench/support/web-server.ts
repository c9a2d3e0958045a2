import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";

/**
 * Run as a program: a web server on loopback that prints its port, and ends with its stdin. `/<n>` is a body of n bytes. With the
 * files of a key and a certificate as arguments it speaks TLS.
 */
const piece = Buffer.alloc(65_536, "x");

const answer: RequestListener = (request, response) => {
  let left = Number(/^\/(\d+)/.exec(request.url ?? "")?.[1] ?? 0);
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": left });
  const send = () => {
    while (left > 0) {
      const part = left < piece.length ? piece.subarray(0, left) : piece;
      left -= part.length;
      if (!response.write(part)) return response.once("drain", send);
    }
    return response.end();
  };
  send();
};
const [key, certificate] = process.argv.slice(2).map((file) => readFileSync(file));
const server =
  key === undefined || certificate === undefined
    ? createServer(answer)
    : createTlsServer({ key, cert: certificate }, answer);
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(typeof address === "object" ? address?.port : "");
});
process.stdin.resume().on("end", () => process.exit());
