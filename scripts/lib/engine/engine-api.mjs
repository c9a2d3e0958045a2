import { request } from "node:http";

/** How long an answer may take when the caller sets no limit of its own. */
const defaultTimeoutMs = 20_000;

/**
 * One request to a Docker engine at `unix:///path` or `tcp://host:port`; resolves with `{ status, body }`, the body as
 * text. `body` may be a stream to send. Rejects when the engine cannot be reached or does not answer in time.
 */
export function callEngine(address, method, path, { body, timeoutMs = defaultTimeoutMs, signal } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...destination(address), method, path, signal, timeout: timeoutMs },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.once("error", reject);
        response.once("end", () => resolve({ status: response.statusCode, body: text }));
      },
    );
    outgoing.once("error", reject);
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    if (body === undefined) outgoing.end();
    else body.once("error", (error) => outgoing.destroy(error)).pipe(outgoing);
  });
}

function destination(address) {
  const { protocol, pathname, hostname, port } = new URL(address);
  if (protocol === "unix:") return { socketPath: decodeURIComponent(pathname) };
  if (protocol === "tcp:" || protocol === "http:") return { host: hostname, port: port || 2375 };
  throw new Error(`an engine at ${address} cannot be asked from here; unix:// and tcp:// can`);
}

/** The version of the engine, or undefined when none answers. */
export async function engineVersion(address, options) {
  try {
    const { status, body } = await callEngine(address, "GET", "/version", options);
    return status === 200 ? JSON.parse(body).Version : undefined;
  } catch {
    return undefined;
  }
}

/** What the engine knows of an image, or undefined when it does not have it. */
export async function inspectImage(address, image) {
  const { status, body } = await callEngine(address, "GET", `/images/${encodeURIComponent(image)}/json`);
  return status === 200 ? JSON.parse(body) : undefined;
}
