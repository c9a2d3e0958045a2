import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AuditEvent, type FileSinkOptions, fileSink } from "../../../src/audit/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { sampleEvent } from "./sample-event.ts";

/** A log on disk whose writer is closed. */
export interface SampleLog {
  readonly path: string;
  readonly options: FileSinkOptions;
  readonly events: readonly AuditEvent[];
}

/** Writes a log of so many events, each in a sandbox named after its place: `box1`, `box2`, … */
export async function sampleLog(count: number, options: Partial<FileSinkOptions> = {}): Promise<SampleLog> {
  const path = join(await temporaryFolder(), "audit.jsonl");
  const events = Array.from({ length: count }, (_, index) => sampleEvent({ sandbox: `box${index + 1}` }));
  await writeEvents({ path, ...options }, events);
  return { path, options: { path, ...options }, events };
}

/** Writes events one after the other, and closes the sink. */
export async function writeEvents(options: FileSinkOptions, events: readonly AuditEvent[]): Promise<void> {
  const sink = fileSink(options);
  try {
    for (const event of events) await sink.write(event);
  } finally {
    await sink.close();
  }
}

/** The lines of a file, without line ends. */
export async function readLinesOf(path: string): Promise<string[]> {
  return (await readFile(path, "utf8")).split("\n").slice(0, -1);
}

/** Rewrites the lines of a file. */
export async function changeLines(
  path: string,
  change: (lines: string[]) => readonly string[],
): Promise<void> {
  const changed = change(await readLinesOf(path));
  await writeFile(path, changed.map((line) => `${line}\n`).join(""));
}
