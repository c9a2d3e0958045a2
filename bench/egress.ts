import { Agent } from "node:http";
import { join } from "node:path";
import type { Benchmark, Contest } from "./benchmark.ts";
import { fetchPlain, fetchTunnelled } from "./support/fetch-through.ts";
import { type PeerName, startPeer } from "./support/peer-proxies.ts";
import { type Running, startFile } from "./support/start-program.ts";
import { makeWebCertificate } from "./support/web-certificate.ts";

const concurrency = 16;
const large = 64 * 2 ** 20;

/** What is fetched in one round, and how. */
interface Load {
  readonly count: number;
  readonly bytes: number;
  readonly scheme: "http" | "https";
}

/** The broker beside well-known forward proxies with the same list of one name, each in a process of its own. */
export const benchmarks: readonly Benchmark[] = (["tinyproxy", "squid"] as const).flatMap((peer) => [
  {
    id: `egress-requests-${peer}`,
    work: "400 small plain requests through the allowlist, 16 at a time",
    reference: `the same through ${peer}`,
    goal: { ratio: 1 },
    rounds: 40,
    // As many as it takes until all of the broker is compiled, as it is in a platform's process.
    warmUpRounds: 30,
    prepare: () => contest(peer, { count: 400, bytes: 100, scheme: "http" }),
  },
  {
    id: `egress-bytes-${peer}`,
    work: "4 downloads of 64 MiB through the allowlist at once",
    reference: `the same through ${peer}`,
    goal: { ratio: 1 },
    rounds: 7,
    warmUpRounds: 1,
    prepare: () => contest(peer, { count: 4, bytes: large, scheme: "http" }),
  },
  {
    id: `egress-tunnel-${peer}`,
    work: "4 downloads of 64 MiB over TLS through CONNECT at once",
    reference: `the same through ${peer}`,
    goal: { ratio: 1 },
    rounds: 7,
    warmUpRounds: 1,
    prepare: () => contest(peer, { count: 4, bytes: large, scheme: "https" }),
  },
]);

async function contest(peerName: PeerName, load: Load): Promise<Contest | string> {
  const peer = await startPeer(peerName);
  if (typeof peer === "string") return peer;
  const certificate = load.scheme === "https" ? makeWebCertificate() : undefined;
  const running: Running[] = [peer];
  const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })] as const;
  const close = async () => {
    for (const agent of agents) agent.destroy();
    await Promise.all(running.map((program) => program.close()));
    certificate?.remove();
  };
  try {
    const web = await startFile(join(import.meta.dirname, "support", "web-server.ts"), certificate?.files);
    running.push(web);
    const rule = `localhost:${web.port}`;
    const ours = await startFile(join(import.meta.dirname, "support", "broker-proxy.ts"), [rule]);
    running.push(ours);
    const url = `${load.scheme}://${rule}/${load.bytes}`;
    const fetchOne = (proxy: Running, agent: Agent) =>
      certificate === undefined
        ? fetchPlain(proxy.port, url, agent)
        : fetchTunnelled(proxy.port, url, certificate.pem);
    return {
      ours: () => fetchAll(load, () => fetchOne(ours, agents[0])),
      reference: () => fetchAll(load, () => fetchOne(peer, agents[1])),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function fetchAll({ count, bytes }: Load, fetchOne: () => Promise<number>): Promise<void> {
  let begun = 0;
  const worker = async () => {
    while (begun++ < count) {
      const received = await fetchOne();
      if (received !== bytes) throw new Error(`${received} bytes came of ${bytes}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
