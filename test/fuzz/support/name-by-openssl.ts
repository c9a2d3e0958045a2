import { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";

/** The server name that a TLS server of Node finds in the bytes; undefined when it finds none or refuses them. */
export async function nameByOpenssl(bytes: Uint8Array): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const wire = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const server = new TLSSocket(wire, {
    isServer: true,
    secureContext: createSecureContext(),
    SNICallback: (name) => resolve(name),
  });
  server.on("error", () => resolve(undefined));
  // By then the server has had every byte, and it looks at each as it comes.
  wire.on("end", () => setImmediate(() => resolve(undefined)));
  wire.push(bytes);
  wire.push(null);
  try {
    return await promise;
  } finally {
    server.destroy();
    wire.destroy();
  }
}
