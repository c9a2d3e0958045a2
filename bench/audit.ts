import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { type AuditEvent, fileSink } from "../src/audit/index.ts";
import type { Benchmark, Contest } from "./benchmark.ts";

const writers = 32;
const events = 10_000;

/** What durability of every event costs, when many wait for it at once. */
export const benchmarks: readonly Benchmark[] = [
  {
    id: "audit",
    work: `${events} durable, chained events of ${writers} writers`,
    reference: "the same lines without a chain, an fsync for each",
    goal: { ratio: 0.05 },
    rounds: 5,
    warmUpRounds: 1,
    prepare,
  },
];

async function prepare(): Promise<Contest> {
  // On the disk of the checkout: the folder for temporary files may be in memory, where nothing is durable.
  const cache = join(import.meta.dirname, "..", ".cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "bench-audit-"));
  const sink = fileSink({ path: join(folder, "chained.jsonl") });
  const plain = await open(join(folder, "plain.jsonl"), "a");
  let last: Promise<void> = Promise.resolve();
  const append = async (event: AuditEvent) => {
    await plain.appendFile(`${JSON.stringify(event)}\n`);
    await plain.sync();
  };
  return {
    ours: () => writeAll((event) => sink.write(event)),
    // One after the other: a line must not begin within another.
    reference: () =>
      writeAll((event) => {
        last = last.then(() => append(event));
        return last;
      }),
    close: async () => {
      await Promise.all([sink.close(), plain.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeAll(write: (event: AuditEvent) => Promise<void>): Promise<void> {
  let left = events;
  const loop = async () => {
    while (left > 0) {
      left -= 1;
      await write(sampleEvent());
    }
  };
  await Promise.all(Array.from({ length: writers }, loop));
}

function sampleEvent(): AuditEvent {
  return {
    id: randomUUID(),
    at: new Date().toISOString(),
    type: "exec.finished",
    severity: "info",
    outcome: "ok",
    actor: { tenant: "acme", agent: "builder", session: "s-1" },
    runtime: "docker",
    isolation: "container",
    sandbox: "box",
    durationMs: 12.5,
    detail: { program: "python3", argumentCount: 2, bytes: 40, exitCode: 0 },
  };
}
