import { Agent, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import type { Benchmark, Contest } from "./benchmark.ts";
import { type PeerName, startPeer } from "./support/peer-proxies.ts";
import { type Running, startFile } from "./support/start-program.ts";

const concurrency = 16;

/** The broker beside well-known forward proxies with the same list of one name, each in a process of its own. */
export const benchmarks: readonly Benchmark[] = (["tinyproxy", "squid"] as const).flatMap((peer) => [
  {
    id: `egress-requests-${peer}`,
    work: "400 small plain requests through the allowlist, 16 at a time",
    reference: `the same through ${peer}`,
    goal: { ratio: 1 },
    rounds: 15,
    prepare: () => contest(peer, 400, 100),
  },
  {
    id: `egress-bytes-${peer}`,
    work: "4 downloads of 64 MiB through the allowlist at once",
    reference: `the same through ${peer}`,
    goal: { ratio: 1 },
    rounds: 7,
    warmUpRounds: 1,
    prepare: () => contest(peer, 4, 64 * 2 ** 20),
  },
]);

async function contest(peerName: PeerName, count: number, bytes: number): Promise<Contest | string> {
  const peer = await startPeer(peerName);
  if (typeof peer === "string") return peer;
  const web = await startFile(join(import.meta.dirname, "support", "web-server.ts"));
  const ours = await startFile(join(import.meta.dirname, "support", "broker-proxy.ts"), [
    `localhost:${web.port}`,
  ]);
  const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })] as const;
  const url = `http://localhost:${web.port}/${bytes}`;
  return {
    ours: () => fetchAll({ proxy: ours, agent: agents[0], url }, count, bytes),
    reference: () => fetchAll({ proxy: peer, agent: agents[1], url }, count, bytes),
    close: async () => {
      for (const agent of agents) agent.destroy();
      await Promise.all([peer.close(), web.close(), ours.close()]);
    },
  };
}

interface Way {
  readonly proxy: Running;
  readonly agent: Agent;
  readonly url: string;
}

async function fetchAll(way: Way, count: number, bytes: number): Promise<void> {
  let begun = 0;
  const worker = async () => {
    while (begun++ < count) {
      const received = await fetchOne(way);
      if (received !== bytes) throw new Error(`${received} bytes came of ${bytes}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function fetchOne(way: Way): Promise<number> {
  const { proxy, agent, url } = way;
  const headers = { host: new URL(url).host };
  const sent = request({ host: "127.0.0.1", port: proxy.port, path: url, agent, headers });
  const response = await new Promise<IncomingMessage | undefined>((resolve, reject) => {
    // A kept connection may be closed just when it is used again; every client then asks once more.
    const onError = (error: Error) => (sent.reusedSocket ? resolve(undefined) : reject(error));
    sent.on("response", resolve).on("error", onError).end();
  });
  if (response === undefined) return await fetchOne(way);
  if (response.statusCode !== 200) throw new Error(`the proxy answered ${response.statusCode}`);
  let bytes = 0;
  for await (const data of response) bytes += (data as Buffer).length;
  return bytes;
}
