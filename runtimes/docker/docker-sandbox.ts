import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { Container } from "dockerode";
import { SandboxError } from "../../src/errors/index.ts";
import type {
  LogsOptions,
  OperationOptions,
  RuntimeCommand,
  RuntimeFiles,
  RuntimeProcess,
  RuntimeSandbox,
  SandboxRecord,
  SandboxStats,
} from "../../src/runtime/index.ts";
import { posixFiles, posixTarIn, posixTarOut } from "../../src/runtime/posix/index.ts";
import { commandUser } from "./container-config.ts";
import { DockerProcess } from "./docker-process.ts";
import { engineMessage, mapEngineError } from "./errors.ts";
import { type ExecRequest, type ExecSession, startExec } from "./exec-session.ts";
import { newExecTag } from "./exec-tag.ts";
import { explainExit } from "./explain-exit.ts";
import { type StoredRecord, toSandboxRecord } from "./labels.ts";
import { readLeases, removeLeases, writeLease } from "./leases.ts";
import { ProcessTree } from "./process-tree.ts";
import { removeContainer } from "./remove-container.ts";
import { SandboxLog } from "./sandbox-log.ts";
import { sandboxScripts } from "./sandbox-scripts.ts";
import { StatsReader } from "./stats.ts";

/** PID 1 and the reader of its stdin. */
const idleProcesses = 2;
const processPollMs = 50;
/** How long ended processes get to vanish before the container is frozen all the same. */
const killPatienceMs = 1_000;
const startPatienceMs = 5_000;

/** A container of ours, held by its id: a later one of the same name is another. Keeps nothing that another process would need. */
export class DockerSandbox implements RuntimeSandbox {
  readonly name: string;
  readonly files: RuntimeFiles;
  readonly #docker: Docker;
  readonly #container: Container;
  readonly #namespace: string;
  readonly #record: StoredRecord;
  readonly #tree: ProcessTree;
  readonly #log: SandboxLog;
  readonly #stats: StatsReader;
  readonly #tags = new Set<number>();
  readonly #starts = new Set<Promise<ExecSession>>();
  #halting = 0;

  constructor(
    docker: Docker,
    container: Container,
    namespace: string,
    record: StoredRecord,
    openLogs: Set<SandboxLog>,
  ) {
    this.name = record.name;
    this.#docker = docker;
    this.#namespace = namespace;
    this.#record = record;
    this.#container = container;
    this.#tree = new ProcessTree(this.#container, record.name, record.tagKey);
    this.#log = new SandboxLog(this.#container, openLogs);
    this.#stats = new StatsReader(this.#container);
    this.files = posixFiles((command) => this.#run(command));
  }

  async inspect(): Promise<SandboxRecord> {
    const { State: state } = await this.#engine("look at", () => this.#container.inspect());
    const leases = await this.#engine("look at", () =>
      readLeases(this.#docker, this.#namespace, this.#record.id),
    );
    return toSandboxRecord(this.#record, state.Status, leases.get(this.#record.id));
  }

  async spawn(command: RuntimeCommand, options?: OperationOptions): Promise<RuntimeProcess> {
    const entry = this.#log.command(command.argv);
    return await this.#run(command, options, entry);
  }

  async #run(
    command: RuntimeCommand,
    options: OperationOptions = {},
    entry?: ReturnType<SandboxLog["command"]>,
  ): Promise<RuntimeProcess> {
    throwIfAborted(options.signal, this.name);
    const tag = newExecTag(this.#record.tagKey, this.#tags);
    this.#tags.add(tag);
    const startedAt = new Date();
    let killed = false;
    const { exec, socket } = await this.#start({
      argv: ["/bin/sh", "-c", sandboxScripts.launch, "sh", command.cwd, String(tag), ...command.argv],
      env: Object.entries(command.env).map(([name, value]) => `${name}=${value}`),
      user: command.user ?? commandUser(this.#record.profile),
      stdin: command.stdin === "pipe",
    });
    const started = new DockerProcess(exec, socket, {
      sandbox: this.name,
      signal: (signal) => {
        killed ||= signal === "SIGKILL";
        return this.#tree.signal(tag, signal);
      },
      explainExit: (exitCode) =>
        explainExit(this.#docker, this.#container, this.name, exitCode, killed ? undefined : startedAt),
      onStillRunning: () => this.#tree.prepare(),
      onOutput: (chunk) => entry?.output(chunk),
      onExit: (exit) => entry?.end(exit?.exitCode),
    });
    if (options.signal?.aborted) {
      await started.kill("SIGKILL");
      throwIfAborted(options.signal, this.name);
    }
    return started;
  }

  /** Starts are counted: freezing the container in the middle of one would block the engine for ever. */
  async #start(request: ExecRequest): Promise<ExecSession> {
    if (this.#halting > 0) throw this.#stoppedError();
    const session = startExec(this.#container, this.name, request);
    this.#starts.add(session);
    try {
      return await session;
    } finally {
      this.#starts.delete(session);
    }
  }

  tarIn(directory: string, archive: AsyncIterable<Uint8Array>, options?: OperationOptions): Promise<void> {
    return posixTarIn((command) => this.#run(command), directory, archive, options);
  }

  tarOut(path: string, options?: OperationOptions): AsyncIterable<Uint8Array> {
    return posixTarOut((command) => this.#run(command), path, options);
  }

  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    if (graceMs > 0 && (await this.#signalAll("SIGTERM"))) await this.#processesGone(graceMs);
    await this.kill();
  }

  async kill(): Promise<void> {
    await this.#log.settle();
    this.#halting++;
    try {
      await Promise.race([
        Promise.allSettled(this.#starts),
        sleep(startPatienceMs, undefined, { ref: false }),
      ]);
      if (!(await this.#signalAll("SIGUSR1"))) return;
      await this.#processesGone(killPatienceMs);
      this.#tree.close();
      await this.#engine("stop", () => this.#container.pause().catch(unless(/already paused/i)));
    } finally {
      this.#halting--;
    }
  }

  async start(): Promise<void> {
    const { status } = await this.inspect();
    if (status === "lost") {
      throw new SandboxError("sandbox_lost", `Sandbox "${this.name}" died; its files are gone. Remove it.`, {
        data: { sandbox: this.name },
      });
    }
    if (status === "stopped") {
      await this.#engine("start", () => this.#container.unpause().catch(unless(/is not paused/i)));
    }
  }

  async destroy(): Promise<void> {
    this.#log.close();
    this.#tree.close();
    await removeContainer(this.#container, this.name);
    await removeLeases(this.#docker, this.#namespace, this.#record.id).catch((error: unknown) => {
      throw mapEngineError(error, `remove sandbox "${this.name}"`);
    });
  }

  logs(options: LogsOptions = {}): AsyncIterable<Uint8Array> {
    return this.#log.read(this.name, options);
  }

  async stats(): Promise<SandboxStats> {
    return await this.#engine("measure", () => this.#stats.read());
  }

  async extend(expiresAt: Date): Promise<void> {
    await this.inspect();
    await this.#engine("extend", () => writeLease(this.#docker, this.#namespace, this.#record.id, expiresAt));
  }

  #stoppedError(): SandboxError {
    return new SandboxError("not_running", `Sandbox "${this.name}" is stopped. Call start() first.`, {
      data: { sandbox: this.name },
    });
  }

  /** Has PID 1 signal all processes; false when the sandbox is stopped already. */
  async #signalAll(signal: "SIGTERM" | "SIGUSR1"): Promise<boolean> {
    const { status } = await this.inspect();
    if (status === "stopped") return false;
    await this.#engine("stop", () => this.#container.kill({ signal }));
    return true;
  }

  /** Waits until only PID 1 and its helper are left. An engine that cannot tell (no `ps`) is taken at once. */
  async #processesGone(patienceMs: number): Promise<void> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const processes = await this.#container.top({ ps_args: "-eo pid" }).catch(() => undefined);
      const count = (processes as { Processes?: unknown[] } | undefined)?.Processes?.length ?? 0;
      if (count <= idleProcesses || Date.now() >= deadline) return;
      await sleep(Math.min(processPollMs, patienceMs));
    }
  }

  async #engine<T>(verb: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw mapEngineError(error, `${verb} sandbox "${this.name}"`, this.name);
    }
  }
}

/** Passes over the engine's complaint that somebody else was quicker. */
function unless(harmless: RegExp): (error: unknown) => void {
  return (error) => {
    if (!harmless.test(engineMessage(error))) throw error;
  };
}

function throwIfAborted(signal: AbortSignal | undefined, sandbox: string): void {
  if (!signal?.aborted) return;
  throw new SandboxError(
    "cancelled",
    `The command in sandbox "${sandbox}" was cancelled before it started.`,
    {
      data: { sandbox },
      cause: signal.reason,
    },
  );
}
