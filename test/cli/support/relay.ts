import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** Stands between a client and an engine on a unix socket, and can stop passing anything on, as an engine that hangs would. */
export async function startRelay(
  host: string,
): Promise<{ readonly url: string; readonly freeze: () => void }> {
  const path = join(await temporaryFolder(), "relay.sock");
  const sockets = new Set<Socket>();
  let frozen = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    if (frozen) socket.pause();
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    if (frozen) return;
    const engine = connect({ path: host.replace(/^unix:\/\//, ""), allowHalfOpen: true });
    keep(engine);
    client.pipe(engine);
    engine.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `unix://${path}`,
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}
