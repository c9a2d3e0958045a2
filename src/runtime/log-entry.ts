import type { OutputFilter } from "./output-filter.ts";
import type { OutputChunk } from "./runtime-process.ts";

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

/**
 * Begins the entry of a command in a log: appends the line that shows it, and is told the rest. All that is appended has passed through
 * filters that `newFilter` makes.
 */
export function startLogEntry(
  argv: readonly string[],
  append: (bytes: Uint8Array) => void,
  newFilter: () => OutputFilter = passOn,
): LogEntry {
  const filter = newFilter();
  const line = `${new Date().toISOString()} $ ${argv.map(quote).join(" ")}`;
  append(Buffer.concat([filter.write(Buffer.from(line)), filter.end(), Buffer.from("\n")]));
  return new LogEntry(append, newFilter);
}

/** The filter that changes nothing. */
function passOn(): OutputFilter {
  return { write: (data) => data, end: () => new Uint8Array(0) };
}

/** An argument as a person would type it; long ones are cut. */
function quote(argument: string): string {
  const short = argument.length > 2_000 ? `${argument.slice(0, 2_000)}…` : argument;
  return /^[\w@%+=:,./-]+$/.test(short) ? short : `'${short.replaceAll("'", "'\\''")}'`;
}
