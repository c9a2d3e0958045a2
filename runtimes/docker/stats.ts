import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";
import type { SandboxStats } from "../../src/runtime/index.ts";

const firstSampleGapMs = 200;

/** The parts of the engine's answer that are used; cgroup v1 and v2 fill different ones. */
interface EngineStats {
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: { readonly inactive_file?: number; readonly total_inactive_file?: number };
  };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>>;
  readonly pids_stats?: { readonly current?: number };
}

interface Sample {
  readonly cpuNanoseconds: number;
  readonly atNanoseconds: bigint;
}

/** Reads a container's numbers; CPU percent comes from the difference to the previous reading. */
export class StatsReader {
  readonly #container: Container;
  #previous: Sample | undefined;

  constructor(container: Container) {
    this.#container = container;
  }

  async read(): Promise<SandboxStats> {
    if (this.#previous === undefined) {
      this.#previous = sampleOf(await this.#fetch());
      await sleep(firstSampleGapMs);
    }
    const stats = await this.#fetch();
    const sample = sampleOf(stats);
    const cpuPercent = percentBetween(this.#previous, sample);
    this.#previous = sample;
    const memory = stats.memory_stats;
    const reclaimable = memory?.stats?.total_inactive_file ?? memory?.stats?.inactive_file ?? 0;
    const networks = Object.values(stats.networks ?? {});
    return {
      cpuPercent,
      memoryBytes: Math.max(0, (memory?.usage ?? 0) - reclaimable),
      memoryLimitBytes: memory?.limit ?? 0,
      networkReceivedBytes: networks.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
      networkSentBytes: networks.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
      pids: stats.pids_stats?.current ?? 0,
    };
  }

  async #fetch(): Promise<EngineStats> {
    return (await this.#container.stats({ stream: false, "one-shot": true })) as EngineStats;
  }
}

function sampleOf(stats: EngineStats): Sample {
  return {
    cpuNanoseconds: stats.cpu_stats?.cpu_usage?.total_usage ?? 0,
    atNanoseconds: process.hrtime.bigint(),
  };
}

function percentBetween(before: Sample, after: Sample): number {
  const elapsed = Number(after.atNanoseconds - before.atNanoseconds);
  return elapsed <= 0 ? 0 : (100 * Math.max(0, after.cpuNanoseconds - before.cpuNanoseconds)) / elapsed;
}
