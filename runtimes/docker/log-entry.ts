import type { OutputChunk, OutputFilter } from "../../src/runtime/index.ts";

/** Bytes of one command's output that are logged; the rest is counted. */
const commandLimitBytes = 64 * 1024;

/** The output of one command in the log, filtered and cut. */
export class LogEntry {
  readonly #append: (bytes: Uint8Array) => void;
  readonly #filters: Readonly<Record<OutputChunk["stream"], OutputFilter>>;
  #leftBytes = commandLimitBytes;
  #droppedBytes = 0;
  #endsLine = true;

  /** `newFilter` makes a filter for each of the two streams. */
  constructor(append: (bytes: Uint8Array) => void, newFilter: () => OutputFilter) {
    this.#append = append;
    this.#filters = { stdout: newFilter(), stderr: newFilter() };
  }

  output({ stream, data }: OutputChunk): void {
    // What is not kept need not be filtered.
    if (this.#leftBytes === 0) this.#droppedBytes += data.length;
    else this.#keep(this.#filters[stream].write(data));
  }

  /** No more output comes: what the filters held back is logged. */
  outputEnd(): void {
    if (this.#leftBytes === 0) return;
    for (const filter of Object.values(this.#filters)) this.#keep(filter.end());
  }

  exit(exitCode: number | undefined): void {
    const dropped = this.#droppedBytes > 0 ? ` (${this.#droppedBytes} bytes of output not logged)` : "";
    this.#append(Buffer.from(`${this.#endsLine ? "" : "\n"}[exit ${exitCode ?? "unknown"}]${dropped}\n`));
    this.#endsLine = true;
  }

  #keep(data: Uint8Array): void {
    const kept = data.subarray(0, this.#leftBytes);
    this.#leftBytes -= kept.length;
    this.#droppedBytes += data.length - kept.length;
    if (kept.length === 0) return;
    this.#endsLine = kept.at(-1) === 0x0a;
    this.#append(Buffer.from(kept));
  }
}

/** The filter that changes nothing. */
export function passOn(): OutputFilter {
  return { write: (data) => data, end: () => new Uint8Array(0) };
}

/** A whole text, filtered. */
export function filteredText(filter: OutputFilter, text: string): string {
  return Buffer.concat([filter.write(Buffer.from(text)), filter.end()]).toString();
}
