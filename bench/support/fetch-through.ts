import { type Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";

/** Asks a proxy for a URL in plain text; resolves with the number of bytes that came. */
export async function fetchPlain(proxyPort: number, url: string, agent: Agent): Promise<number> {
  const headers = { host: new URL(url).host };
  const sent = request({ host: "127.0.0.1", port: proxyPort, path: url, agent, headers });
  const response = await answerOf(sent);
  // A kept connection may be closed just when it is used again; every client then asks once more.
  return response === undefined ? await fetchPlain(proxyPort, url, agent) : await countBytes(response);
}

/** Asks for a URL over TLS, in a tunnel through a proxy; `authority` is trusted. Resolves with the number of bytes that came. */
export async function fetchTunnelled(proxyPort: number, url: string, authority: string): Promise<number> {
  const { host, hostname, pathname } = new URL(url);
  const tunnel = await openTunnel(proxyPort, host);
  const secured = connect({ socket: tunnel, servername: hostname, ca: authority });
  try {
    const sent = request({ path: pathname, headers: { host }, createConnection: () => secured });
    const response = await answerOf(sent);
    if (response === undefined) throw new Error("the tunnel was closed");
    return await countBytes(response);
  } finally {
    secured.destroy();
  }
}

function openTunnel(proxyPort: number, authority: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: proxyPort, method: "CONNECT", path: authority });
    sent.on("error", reject).on("connect", ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`the proxy answered CONNECT with ${statusCode}`));
    });
    sent.end();
  });
}

function answerOf(sent: ClientRequest): Promise<IncomingMessage | undefined> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => (sent.reusedSocket ? resolve(undefined) : reject(error));
    sent.on("response", resolve).on("error", onError).end();
  });
}

async function countBytes(response: IncomingMessage): Promise<number> {
  if (response.statusCode !== 200) throw new Error(`the answer was ${response.statusCode}`);
  let bytes = 0;
  for await (const data of response) bytes += (data as Buffer).length;
  return bytes;
}
