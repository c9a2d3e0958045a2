import { setTimeout as sleep } from "node:timers/promises";
import type { SandboxStats } from "../../src/runtime/index.ts";
import type { ControlSession } from "./control-session.ts";

const firstSampleGapMs = 200;
const mib = 1 << 20;

interface Sample {
  readonly cpuMicroseconds: number;
  readonly atMs: number;
}

/** Reads the numbers of all commands of a guest; CPU percent comes from the difference to the previous reading. */
export class StatsReader {
  readonly #control: () => Promise<ControlSession>;
  readonly #memoryMib: number;
  #previous: Sample | undefined;

  constructor(control: () => Promise<ControlSession>, memoryMib: number) {
    this.#control = control;
    this.#memoryMib = memoryMib;
  }

  async read(): Promise<SandboxStats> {
    if (this.#previous === undefined) {
      this.#previous = sampleOf(await this.#fetch());
      await sleep(firstSampleGapMs);
    }
    const values = await this.#fetch();
    const sample = sampleOf(values);
    const elapsedMs = sample.atMs - this.#previous.atMs;
    const used = Math.max(0, sample.cpuMicroseconds - this.#previous.cpuMicroseconds);
    this.#previous = sample;
    return {
      cpuPercent: elapsedMs <= 0 ? 0 : used / (elapsedMs * 10),
      memoryBytes: Math.max(0, (values.get("memory") ?? 0) - (values.get("inactive_file") ?? 0)),
      memoryLimitBytes: this.#memoryMib * mib,
      networkReceivedBytes: 0,
      networkSentBytes: 0,
      pids: values.get("pids") ?? 0,
    };
  }

  async #fetch(): Promise<ReadonlyMap<string, number>> {
    const control = await this.#control();
    const lines = await control.order("measure");
    return new Map(
      lines.map((line) => {
        const [name = "", value] = line.split(" ");
        return [name, Number(value)];
      }),
    );
  }
}

function sampleOf(values: ReadonlyMap<string, number>): Sample {
  return { cpuMicroseconds: values.get("usage_usec") ?? 0, atMs: performance.now() };
}
