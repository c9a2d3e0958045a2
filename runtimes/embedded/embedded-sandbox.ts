import { setTimeout as sleep } from "node:timers/promises";
import { cancelled, SandboxError } from "../../src/errors/index.ts";
import type {
  LogsOptions,
  OperationOptions,
  RuntimeCommand,
  RuntimeFiles,
  RuntimeProcess,
  RuntimeSandbox,
  RuntimeSpec,
  SandboxRecord,
  SandboxStats,
  SandboxStatus,
} from "../../src/runtime/index.ts";
import { unsupported } from "../../src/runtime/index.ts";
import { embeddedFiles } from "./embedded-files.ts";
import { EmbeddedProcess } from "./embedded-process.ts";
import { messageBytes } from "./protocol.ts";
import type { SupervisorProcess } from "./supervisor-process.ts";

/** How long the first measurement of the processor lasts. */
const firstSampleMs = 100;

/** A sandbox whose interpreter runs in a process of its own. */
export class EmbeddedSandbox implements RuntimeSandbox {
  readonly name: string;
  readonly files: RuntimeFiles;
  readonly #spec: RuntimeSpec;
  readonly #supervisor: SupervisorProcess;
  readonly #onDestroyed: () => void;
  readonly #createdAt = new Date();
  #expiresAt: Date | undefined;
  #stopped = false;
  #destroyed = false;
  #sample: { readonly cpuMicroseconds: number; readonly takenAtMs: number } | undefined;

  constructor(spec: RuntimeSpec, supervisor: SupervisorProcess, onDestroyed: () => void) {
    this.name = spec.name;
    this.#spec = spec;
    this.#supervisor = supervisor;
    this.#onDestroyed = onDestroyed;
    this.#expiresAt = spec.expiresAt;
    this.files = embeddedFiles(() => this.#running());
  }

  /** What is known of it, also when it is lost. */
  get record(): SandboxRecord {
    const { name, image, labels, owner } = this.#spec;
    return {
      name,
      runtime: "embedded",
      isolation: "interpreter",
      status: this.#status,
      image,
      labels,
      createdAt: this.#createdAt,
      ...(this.#expiresAt !== undefined && { expiresAt: this.#expiresAt }),
      ...(owner !== undefined && { owner }),
    };
  }

  async inspect(): Promise<SandboxRecord> {
    this.#alive();
    return this.record;
  }

  async spawn(command: RuntimeCommand, { signal }: OperationOptions = {}): Promise<RuntimeProcess> {
    const supervisor = this.#running();
    if (signal?.aborted) throw this.#cancelled("command", signal);
    if (command.user !== undefined) throw unsupported("embedded", "users", `user ${command.user}`);
    const { argv, env, cwd, stdin } = command;
    // Not `logFilter`: the log is in the supervisor's memory, and whoever reads it from this process filters what comes.
    const { id } = await supervisor.call("spawn", { argv, env, cwd, stdin });
    const started = new EmbeddedProcess(id, supervisor);
    if (!signal?.aborted) return started;
    await started.kill("SIGKILL");
    throw this.#cancelled("command", signal);
  }

  async tarIn(
    directory: string,
    archive: AsyncIterable<Uint8Array>,
    { signal }: OperationOptions = {},
  ): Promise<void> {
    const supervisor = this.#running();
    const { transfer } = await supervisor.call("beginUnpack", { directory });
    try {
      for await (const chunk of archive) {
        for (let start = 0; start < chunk.length; start += messageBytes) {
          if (signal?.aborted) throw this.#cancelled("transfer", signal);
          const data = chunk.subarray(start, start + messageBytes);
          await supervisor.call("unpack", { transfer, data });
        }
      }
      if (signal?.aborted) throw this.#cancelled("transfer", signal);
    } catch (error) {
      if (!supervisor.isLost) await supervisor.call("abandon", { transfer }).catch(() => {});
      throw error;
    }
    await supervisor.call("endUnpack", { transfer });
  }

  async *tarOut(
    path: string,
    { signal }: OperationOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const supervisor = this.#running();
    const { transfer } = await supervisor.call("beginPack", { path });
    let isWhole = false;
    try {
      for (;;) {
        if (signal?.aborted) throw this.#cancelled("transfer", signal);
        const { data } = await supervisor.call("pack", { transfer });
        isWhole = data === undefined;
        if (data === undefined) return;
        yield data;
      }
    } finally {
      if (!isWhole && !supervisor.isLost) await supervisor.call("abandon", { transfer }).catch(() => {});
    }
  }

  async stop(): Promise<void> {
    await this.#suspend("SIGTERM");
  }

  async kill(): Promise<void> {
    await this.#suspend("SIGKILL");
  }

  async start(): Promise<void> {
    const supervisor = this.#alive();
    await supervisor.call("resume", undefined);
    this.#stopped = false;
  }

  async destroy(): Promise<void> {
    this.#destroyed = true;
    await this.#supervisor.end();
    this.#onDestroyed();
  }

  async *logs({ tail, follow = false, signal }: LogsOptions = {}): AsyncGenerator<Uint8Array> {
    const supervisor = this.#alive();
    const aborted = Promise.withResolvers<undefined>();
    const abort = () => aborted.resolve(undefined);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      // What there is comes at once; only then is waited.
      let place: { cursor?: number; tail?: number; follow: boolean } = {
        ...(tail !== undefined && { tail }),
        follow: false,
      };
      while (!signal?.aborted) {
        const read = supervisor.call("readLog", place);
        const piece = await Promise.race([read, aborted.promise]);
        if (piece === undefined) return void read.catch(() => {});
        if (piece.data.length > 0) yield piece.data;
        if (!follow || (place.follow && piece.ended)) return;
        place = { cursor: piece.cursor, follow };
      }
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  async stats(): Promise<SandboxStats> {
    const supervisor = this.#running();
    if (this.#sample === undefined) {
      await this.#measure(supervisor);
      await sleep(firstSampleMs);
    }
    const before = this.#sample;
    const now = await this.#measure(supervisor);
    const elapsedMs = Math.max(1, now.takenAtMs - (before?.takenAtMs ?? 0));
    return {
      cpuPercent: (now.cpuMicroseconds - (before?.cpuMicroseconds ?? 0)) / (elapsedMs * 10),
      memoryBytes: now.memoryBytes,
      memoryLimitBytes: this.#spec.caps.memoryMib * 1_048_576,
      networkReceivedBytes: supervisor.network.receivedBytes,
      networkSentBytes: supervisor.network.sentBytes,
      pids: now.commands,
    };
  }

  async extend(expiresAt: Date): Promise<void> {
    this.#alive();
    this.#expiresAt = expiresAt;
  }

  get #status(): SandboxStatus {
    if (this.#supervisor.isLost) return "lost";
    return this.#stopped ? "stopped" : "running";
  }

  async #suspend(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const supervisor = this.#alive();
    this.#stopped = true;
    await supervisor.callOrEnd("suspend", { signal });
  }

  async #measure(supervisor: SupervisorProcess) {
    const numbers = await supervisor.call("stats", undefined);
    const sample = { ...numbers, takenAtMs: performance.now() };
    this.#sample = sample;
    return sample;
  }

  /** @throws {SandboxError} sandbox_lost, not_running */
  #running(): SupervisorProcess {
    const supervisor = this.#alive();
    if (!this.#stopped) return supervisor;
    throw new SandboxError("not_running", `Sandbox "${this.name}" is stopped. Call start() first.`, {
      data: { sandbox: this.name },
    });
  }

  #alive(): SupervisorProcess {
    if (!this.#destroyed && !this.#supervisor.isLost) return this.#supervisor;
    const how = this.#destroyed ? "was removed" : "died";
    throw new SandboxError("sandbox_lost", `Sandbox "${this.name}" ${how}; its files are gone.`, {
      data: { sandbox: this.name },
    });
  }

  #cancelled(what: string, signal: AbortSignal): SandboxError {
    return cancelled(`The ${what} of sandbox "${this.name}"`, signal, { sandbox: this.name });
  }
}
