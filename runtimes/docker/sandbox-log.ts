import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";
import { type LogEntry, type LogsOptions, LogWriter, type OutputFilter } from "../../src/runtime/index.ts";
import { mapEngineError } from "./errors.ts";
import { FrameReader } from "./frames.ts";

const followCheckMs = 500;
const settleMs = 1_000;
const settlePollMs = 20;
const recentLines = 50;

/**
 * The log of a sandbox: what was run and what it printed. It is written through PID 1, so that the engine keeps it, bounded, where any process
 * can read it, and drops it with the container. Writing is batched and off the path of the commands.
 */
export class SandboxLog {
  readonly #container: Container;
  readonly #open: Set<SandboxLog>;
  readonly #isRunning: () => Promise<boolean>;
  readonly #writer: LogWriter;
  #lastLine = "";
  #socket: Promise<Duplex> | undefined;

  /** The log is in `open` from its first line until it is closed. */
  constructor(container: Container, open: Set<SandboxLog>, isRunning: () => Promise<boolean>) {
    this.#container = container;
    this.#open = open;
    this.#isRunning = isRunning;
    this.#writer = new LogWriter(
      (bytes) => this.#write(bytes),
      () => open.add(this),
    );
  }

  /** Notes a command, see {@link LogWriter}. */
  command(argv: readonly string[], newFilter?: () => OutputFilter): LogEntry {
    return this.#writer.command(argv, newFilter);
  }

  /** Writes what is pending. Never throws. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** What the engine has kept, oldest first. */
  async *read(name: string, { tail, follow, signal }: LogsOptions): AsyncGenerator<Uint8Array> {
    await this.settle();
    const options = { stdout: true, stderr: true, ...(tail !== undefined && { tail }) } as const;
    try {
      if (follow !== true) {
        const bytes = await this.#container.logs({ ...options, follow: false });
        for (const { data } of new FrameReader().read(bytes)) yield data;
        return;
      }
      yield* this.#follow(options, signal);
    } catch (error) {
      if (signal?.aborted) return;
      throw mapEngineError(error, `read the logs of sandbox "${name}"`, name);
    }
  }

  /** Writes what is pending and waits until it has gone through PID 1 into the engine's log. Never throws. */
  async settle(): Promise<void> {
    await this.flush();
    await this.#waitForEngine().catch(() => {});
  }

  async #waitForEngine(): Promise<void> {
    const deadline = Date.now() + settleMs;
    while (this.#lastLine !== "" && Date.now() < deadline) {
      const recent = await this.#container.logs({
        stdout: true,
        stderr: true,
        follow: false,
        tail: recentLines,
      });
      if (recent.includes(this.#lastLine, 0, "latin1")) this.#lastLine = "";
      else await sleep(settlePollMs);
    }
  }

  /** Ends when the sandbox stops, which the engine's log stream alone would not tell: its container goes on. */
  async *#follow(
    options: { readonly stdout: true; readonly stderr: true; readonly tail?: number },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array> {
    const stream = await this.#container.logs({ ...options, follow: true });
    const end = () => void (stream as unknown as { destroy(): void }).destroy();
    const watch = setInterval(() => {
      this.#isRunning().then((running) => running || end(), end);
    }, followCheckMs).unref();
    signal?.addEventListener("abort", end, { once: true });
    try {
      const frames = new FrameReader();
      for await (const bytes of stream) {
        for (const { data } of frames.read(bytes as unknown as Buffer)) yield data;
      }
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    } finally {
      clearInterval(watch);
      signal?.removeEventListener("abort", end);
      end();
    }
  }

  /** Gives up what is pending and the connection. */
  close(): void {
    this.#open.delete(this);
    this.#writer.close();
    void this.#socket?.then(
      (socket) => socket.destroy(),
      () => {},
    );
    this.#socket = undefined;
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#lastLine = lastLineOf(bytes);
    this.#socket ??= this.#attach();
    const socket = await this.#socket.catch((error: unknown) => {
      this.#socket = undefined;
      throw error;
    });
    await new Promise<void>((resolve) => {
      socket.once("close", resolve);
      socket.write(bytes, () => {
        socket.off("close", resolve);
        resolve();
      });
    });
  }

  async #attach(): Promise<Duplex> {
    const socket = (await this.#container.attach({ stream: true, stdin: true, hijack: true })) as Duplex;
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#socket = undefined;
    });
    socket.resume();
    (socket as unknown as { unref?: () => void }).unref?.();
    return socket;
  }
}

/** The end of the last whole line, short enough to be in one piece of the engine's log; commands end with one. */
function lastLineOf(bytes: Buffer): string {
  return bytes.toString("latin1").trimEnd().split("\n").at(-1)?.slice(-200) ?? "";
}
