import { setTimeout } from "node:timers/promises";
import type { SandboxError } from "../../errors/index.ts";
import type { ProgressEvent } from "../../runtime/index.ts";
import { unlessAborted } from "../unless-aborted.ts";
import { printable } from "./printable.ts";
import { createPullProgress } from "./pull-progress.ts";
import { createStylist, type Stylist } from "./style.ts";

/** Where a command prints: results to stdout, everything about the way there to stderr. */
export interface CliConsole {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Styles for stdout. */
  readonly style: Stylist;
  /** Output of the sandbox or text made for people; resolves when more may be written, or nobody waits for it any more. */
  write(data: string | Uint8Array): Promise<void>;
  writeError(data: string | Uint8Array): Promise<void>;
  /** One JSON document on a line of its own. */
  printJson(value: unknown): Promise<void>;
  /** In JSON mode the error document, else nothing. */
  printError(error: SandboxError): Promise<void>;
  /** A line on stderr that --quiet and --json leave out. */
  note(message: string): void;
  /** A line on stderr, always. */
  error(message: string): void;
  onProgress(event: ProgressEvent): void;
  clearProgress(): void;
  /** Resolves when all that was written has left the process; after an interruption, at the latest after a moment. */
  flush(): Promise<void>;
}

/** Options of {@link createCliConsole}. */
export interface CliConsoleOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** Called when nobody reads stdout any more. */
  readonly onBrokenPipe: () => void;
  /** From its firing on, a reader that does not read holds nothing up. */
  readonly signal: AbortSignal;
}

/** How long a reader may still take after an interruption. */
const patienceMs = 500;

export function createCliConsole({
  json,
  quiet,
  color,
  onBrokenPipe,
  signal,
}: CliConsoleOptions): CliConsole {
  const { stdout, stderr } = process;
  const progress = createPullProgress(stderr, { silent: quiet || json });
  const styleError = createStylist(stderr, color);
  // Without listeners a reader that went away would end the process with a stack trace.
  stdout.on("error", onBrokenPipe);
  stderr.on("error", () => {});

  const put = async (stream: NodeJS.WriteStream, data: string | Uint8Array) => {
    progress.clear();
    if (data.length === 0) return;
    await unlessAborted(signal, written(stream, data)).catch(() => {});
  };
  const say = (style: "red" | "yellow", message: string) => {
    progress.clear();
    const lines = message.split("\n").map(printable).join("\n");
    stderr.write(`${styleError(style, "ctx-sandbox:")} ${lines}\n`);
  };

  return {
    json,
    quiet,
    style: createStylist(stdout, color && !json),
    write: (data) => put(stdout, data),
    writeError: (data) => put(stderr, data),
    printJson: (value) => put(stdout, `${JSON.stringify(value)}\n`),
    printError: async (error) => {
      if (json) await put(stdout, `${JSON.stringify({ error: error.toJSON() })}\n`);
    },
    note: (message) => {
      if (!quiet && !json) say("yellow", message);
    },
    error: (message) => say("red", message),
    onProgress: (event) => progress.show(event),
    clearProgress: () => progress.clear(),
    flush: async () => {
      const done = Promise.all([written(stdout, ""), written(stderr, "")]);
      await (signal.aborted ? Promise.race([done, setTimeout(patienceMs)]) : done);
    },
  };
}

function written(stream: NodeJS.WriteStream, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => stream.write(data, () => resolve()));
}
