import { createServer } from "node:net";
import { createEgressBroker } from "../../src/egress/index.ts";

/** Run as a program with the allowed rules as arguments: our broker behind a port on loopback, which it prints. Ends with its stdin. */
const broker = createEgressBroker({
  sandbox: "bench",
  allow: process.argv.slice(2),
  network: { openNetworks: ["127.0.0.0/8"] },
});
const server = createServer({ allowHalfOpen: true }, (socket) => broker.accept(socket));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(typeof address === "object" ? address?.port : "");
});
process.stdin.resume().on("end", () => process.exit());
