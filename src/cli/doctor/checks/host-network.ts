import { createServer, type Server } from "node:net";
import type { Check, CheckTarget } from "../check.ts";

/** Tries to reach a port of the host's loopback with what a sandbox may have. */
const viaPrograms = (port: number) =>
  `curl -s -m 3 http://127.0.0.1:${port}/ || wget -q -O - -T 3 http://127.0.0.1:${port}/`;

const viaPython = (port: number) => `
import socket
s = socket.socket()
s.settimeout(3)
s.connect(("127.0.0.1", ${port}))
`;

/** What counts is what the host saw, not what the attacker was told. */
export const hostNetwork: Check = {
  name: "host-network",
  title: "services of the host cannot be reached",
  attempt: async (target) => {
    let reached = 0;
    const server = createServer((socket) => {
      reached += 1;
      socket.on("error", () => {}).end();
    });
    const port = await listen(server);
    try {
      await attack(target, port);
    } finally {
      server.close();
    }
    return {
      enforced: reached === 0,
      evidence: `${reached} connections reached a service on the host's loopback`,
    };
  },
};

async function attack({ sandbox, capabilities: { languages }, signal }: CheckTarget, port: number) {
  const options = { signal, timeoutMs: 30_000 };
  await sandbox.shell(viaPrograms(port), options);
  if (languages === "image" || languages.includes("python")) await sandbox.python(viaPython(port), options);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the listener has no port");
  return address.port;
}
