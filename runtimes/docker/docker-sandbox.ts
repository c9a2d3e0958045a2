import type Docker from "dockerode";
import type { Container } from "dockerode";
import { cancelled, isSandboxError, SandboxError } from "../../src/errors/index.ts";
import {
  type LogEntry,
  type LogsOptions,
  type OperationOptions,
  type RuntimeCommand,
  type RuntimeFiles,
  type RuntimeProcess,
  type RuntimeSandbox,
  type SandboxRecord,
  type SandboxStats,
  type Tunnel,
  writeCertificateBundle,
} from "../../src/runtime/index.ts";
import { posixFiles, posixTarIn, posixTarOut } from "../../src/runtime/posix/index.ts";
import { requireConfinedUser } from "./confined-user.ts";
import { commandUser } from "./container-config.ts";
import { DockerProcess } from "./docker-process.ts";
import { mapEngineError, unlessMessage } from "./errors.ts";
import { type ExecRequest, type ExecSession, startExec } from "./exec-session.ts";
import { newExecTag } from "./exec-tag.ts";
import { explainExit, explainNotStarted } from "./explain-exit.ts";
import { holderName } from "./holder-labels.ts";
import { type StoredRecord, toSandboxRecord } from "./labels.ts";
import { isMarkedStopped, markExpiry, markStopped, readMarks, removeMarks, unmarkStopped } from "./marks.ts";
import { ProcessTree } from "./process-tree.ts";
import { endAll, signalAll, waitUntilIdle } from "./processes.ts";
import { removeContainer } from "./remove-container.ts";
import { SandboxLog } from "./sandbox-log.ts";
import { sandboxScripts } from "./sandbox-scripts.ts";
import { StatsReader } from "./stats.ts";

/** What a {@link DockerSandbox} is made of. */
export interface DockerSandboxParts {
  readonly docker: Docker;
  readonly container: Container;
  readonly namespace: string;
  readonly record: StoredRecord;
  /** The logs that have something to write. */
  readonly openLogs: Set<SandboxLog>;
  /** The way out, in the process that serves it. */
  readonly tunnel?: Tunnel;
}

/** A container of ours, held by its id: a later one of the same name is another. Keeps nothing that another process would need. */
export class DockerSandbox implements RuntimeSandbox {
  readonly name: string;
  readonly files: RuntimeFiles;
  readonly #docker: Docker;
  readonly #container: Container;
  readonly #namespace: string;
  readonly #record: StoredRecord;
  readonly #tunnel: Tunnel | undefined;
  readonly #tree: ProcessTree;
  readonly #log: SandboxLog;
  readonly #stats: StatsReader;
  readonly #tags = new Set<number>();
  /** The kill that is under way. */
  #killing: Promise<void> | undefined;

  constructor({ docker, container, namespace, record, openLogs, tunnel }: DockerSandboxParts) {
    this.name = record.name;
    this.#docker = docker;
    this.#namespace = namespace;
    this.#record = record;
    this.#container = container;
    this.#tunnel = tunnel;
    this.#tree = new ProcessTree(this.#container, record.name, record.tagKey);
    this.#log = new SandboxLog(
      this.#container,
      openLogs,
      async () => (await this.inspect()).status === "running",
    );
    this.#stats = new StatsReader(this.#container);
    this.files = posixFiles((command) => this.#run(command));
  }

  async inspect(): Promise<SandboxRecord> {
    const [{ State: state }, marks] = await this.#engine("look at", () =>
      Promise.all([this.#container.inspect(), readMarks(this.#docker, this.#namespace, this.#record.id)]),
    );
    return toSandboxRecord(this.#record, state.Status, marks);
  }

  async spawn(command: RuntimeCommand, options?: OperationOptions): Promise<RuntimeProcess> {
    if (this.#record.isConfined === true) requireConfinedUser(command.user, this.name);
    const entry = this.#log.command(command.argv, command.logFilter);
    return await this.#run(command, options, entry);
  }

  async #run(
    command: RuntimeCommand,
    options: OperationOptions = {},
    entry?: LogEntry,
  ): Promise<RuntimeProcess> {
    throwIfAborted(options.signal, this.name);
    const tag = newExecTag(this.#record.tagKey, this.#tags);
    const startedAt = new Date();
    let killed = false;
    const user = command.user ?? commandUser(this.#record.profile);
    const { exec, socket } = await this.#start({
      argv: ["/bin/sh", "-c", sandboxScripts.launch, "sh", command.cwd, String(tag), ...command.argv],
      env: Object.entries(command.env).map(([name, value]) => `${name}=${value}`),
      user,
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
      explainNotStarted: (words) => explainNotStarted(this.#container, this.name, user, words),
      onStillRunning: () => this.#tree.prepare(),
      onOutput: (chunk) => entry?.output(chunk),
      onOutputEnd: () => entry?.outputEnd(),
      onExit: (exit) => entry?.exit(exit?.exitCode),
    });
    if (options.signal?.aborted) {
      await started.kill("SIGKILL");
      throwIfAborted(options.signal, this.name);
    }
    return started;
  }

  /** Starts a command unless the sandbox is stopped, which is asked meanwhile. */
  async #start(request: ExecRequest): Promise<ExecSession> {
    const stopped = isMarkedStopped(this.#docker, this.#namespace, this.#record.id);
    stopped.catch(() => {});
    return await startExec(this.#container, this.name, request, async () => {
      if (this.#killing !== undefined || (await this.#engine("look at", () => stopped)))
        throw this.#stoppedError();
    });
  }

  /** Makes the programs in it trust an authority beside the usual ones. */
  async trust(authority: string, options?: OperationOptions): Promise<void> {
    await writeCertificateBundle(
      (command) => this.#run({ ...command, user: "0:0" }, options),
      authority,
      options,
    );
  }

  tarIn(directory: string, archive: AsyncIterable<Uint8Array>, options?: OperationOptions): Promise<void> {
    return posixTarIn((command) => this.#run(command), directory, archive, options);
  }

  tarOut(path: string, options?: OperationOptions): AsyncIterable<Uint8Array> {
    return posixTarOut((command) => this.#run(command), path, options);
  }

  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    if (graceMs > 0 && (await this.inspect()).status === "running") {
      await this.#engine("stop", () => signalAll(this.#container, "SIGTERM"));
      await waitUntilIdle(this.#container, graceMs);
    }
    await this.kill();
  }

  /** Calls at the same time share one kill, so that no signal of a second one is on its way when the first has resolved. */
  async kill(): Promise<void> {
    this.#killing ??= this.#kill().finally(() => {
      this.#killing = undefined;
    });
    await this.#killing;
  }

  async #kill(): Promise<void> {
    await this.#log.settle();
    try {
      await this.#engine("stop", () => markStopped(this.#docker, this.#namespace, this.#record.id));
      this.#tree.close();
      await this.#engine("stop", () => endAll(this.#container));
    } catch (error) {
      if (isSandboxError(error, "sandbox_lost")) await this.#removeMarks();
      throw error;
    } finally {
      this.#tunnel?.reset();
    }
  }

  async start(): Promise<void> {
    await this.#killing?.catch(() => {});
    const { State: state } = await this.#engine("start", () => this.#container.inspect());
    if (!state.Running) {
      throw new SandboxError("sandbox_lost", `Sandbox "${this.name}" died; its files are gone. Remove it.`, {
        data: { sandbox: this.name },
      });
    }
    if (state.Paused)
      await this.#engine("start", () => this.#container.unpause().catch(unlessMessage(/is not paused/i)));
    await this.#engine("start", () => unmarkStopped(this.#docker, this.#namespace, this.#record.id));
  }

  async destroy(): Promise<void> {
    this.#log.close();
    this.#tree.close();
    this.#tunnel?.close();
    await removeContainer(this.#container, this.name);
    if (this.#record.hasHolder === true) {
      const holder = this.#docker.getContainer(holderName(this.#namespace, this.#record.id));
      await removeContainer(holder, this.name);
    }
    await this.#removeMarks();
  }

  async #removeMarks(): Promise<void> {
    await removeMarks(this.#docker, this.#namespace, this.#record.id).catch((error: unknown) => {
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
    await this.#engine("extend", () => markExpiry(this.#docker, this.#namespace, this.#record.id, expiresAt));
  }

  #stoppedError(): SandboxError {
    return new SandboxError("not_running", `Sandbox "${this.name}" is stopped. Call start() first.`, {
      data: { sandbox: this.name },
    });
  }

  async #engine<T>(verb: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw mapEngineError(error, `${verb} sandbox "${this.name}"`, this.name);
    }
  }
}

function throwIfAborted(signal: AbortSignal | undefined, name: string): void {
  if (signal?.aborted) throw cancelled(`The command in sandbox "${name}"`, signal, { sandbox: name });
}
