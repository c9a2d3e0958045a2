import type { OutputChunk } from "../../runtime/index.ts";
import { callCaller } from "./caller-error.ts";
import { SpillFile, type SpillTarget } from "./spill-file.ts";
import { type CapturedText, StreamCapture } from "./stream-capture.ts";
import { type TextCallback, TextForwarder } from "./text-callback.ts";

/** What to do with the output. */
export interface CollectOptions {
  readonly maxOutputBytes: number;
  readonly spill: boolean;
  readonly onStdout?: TextCallback;
  readonly onStderr?: TextCallback;
}

/** The collected output. */
export interface CollectedOutput {
  readonly stdout: CapturedText;
  readonly stderr: CapturedText;
}

/** Takes the output of one command in, in bounded memory: keeps both ends of each stream, calls back, saves to a file. */
export class OutputCollector {
  readonly #captures: Record<OutputChunk["stream"], StreamCapture>;
  readonly #forwarders: Record<OutputChunk["stream"], TextForwarder | undefined>;
  readonly #spill: SpillFile | undefined;

  constructor(options: CollectOptions, spillTarget: SpillTarget) {
    const { maxOutputBytes, onStdout, onStderr } = options;
    this.#captures = { stdout: new StreamCapture(maxOutputBytes), stderr: new StreamCapture(maxOutputBytes) };
    this.#forwarders = {
      stdout: onStdout && new TextForwarder(onStdout),
      stderr: onStderr && new TextForwarder(onStderr),
    };
    this.#spill = options.spill ? new SpillFile(spillTarget) : undefined;
  }

  /** Takes a chunk. A promise, if there is one, must be awaited before the next: that is the back-pressure. */
  add({ stream, data }: OutputChunk): void | Promise<void> {
    const [capture, forwarder] = [this.#captures[stream], this.#forwarders[stream]];
    capture.append(data);
    const spilled = this.#spill?.add(data);
    const started = capture.truncated ? this.#spill?.start() : undefined;
    const called = forwarder && callCaller(() => forwarder.write(data));
    if (spilled || started || called) return settled([spilled, started, called]);
  }

  /** Hands the last pieces to the callbacks. */
  async end(): Promise<void> {
    for (const forwarder of Object.values(this.#forwarders)) {
      if (forwarder) await callCaller(() => forwarder.end());
    }
  }

  /** What was collected so far. */
  collected({ ended }: { readonly ended: boolean }): CollectedOutput {
    const { stdout, stderr } = this.#captures;
    return { stdout: stdout.text({ ended }), stderr: stderr.text({ ended }) };
  }

  /** Completes the file of the output. Its path, where there is one. */
  async finishFile(): Promise<string | undefined> {
    return await this.#spill?.finish();
  }

  /** Removes the file of the output, which nobody will learn of. */
  async discardFile(): Promise<void> {
    await this.#spill?.discard();
  }
}

async function settled(parts: readonly (void | Promise<void>)[]): Promise<void> {
  await Promise.all(parts);
}
