import { cancelled, SandboxError } from "../../src/errors/index.ts";
import type {
  LogEntry,
  LogsOptions,
  OperationOptions,
  RuntimeCommand,
  RuntimeFiles,
  RuntimeProcess,
  RuntimeSandbox,
  SandboxRecord,
  SandboxStats,
  SnapshotOptions,
  SnapshotRecord,
} from "../../src/runtime/index.ts";
import { posixFiles, posixTarIn, posixTarOut } from "../../src/runtime/posix/index.ts";
import type { Guest } from "./guest.ts";
import { lostError, stoppedError } from "./sandbox-errors.ts";
import type { SandboxLog } from "./sandbox-log.ts";
import type { MicrosandboxSnapshots } from "./snapshots.ts";
import { startProcess } from "./start-process.ts";
import { StatsReader } from "./stats.ts";
import { isPlainUser } from "./users.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

/** How long killed processes get to vanish before they are killed again. */
const killPatienceMs = 2_000;
const killAttempts = 3;

/** A microVM of ours: a later one of the same name is another. Keeps nothing that another process would need. */
export class MicrosandboxSandbox implements RuntimeSandbox {
  readonly name: string;
  readonly files: RuntimeFiles;
  readonly #machine: VirtualMachine;
  readonly #log: SandboxLog;
  readonly #snapshots: MicrosandboxSnapshots;
  #stats: { readonly guest: Guest; readonly reader: StatsReader } | undefined;
  #halting = 0;

  constructor(machine: VirtualMachine, log: SandboxLog, snapshots: MicrosandboxSnapshots) {
    this.#snapshots = snapshots;
    this.name = machine.record.name;
    this.#machine = machine;
    this.#log = log;
    this.files = posixFiles((command) => this.#run(command));
  }

  async inspect(): Promise<SandboxRecord> {
    return await this.#machine.inspect();
  }

  async spawn(command: RuntimeCommand, options?: OperationOptions): Promise<RuntimeProcess> {
    const { writePaths } = this.#machine.record;
    if (writePaths !== undefined && command.user !== undefined && !isPlainUser(command.user)) {
      throw new SandboxError(
        "unsupported",
        `Sandbox "${this.name}" can be written to in certain folders alone, which holds for no user "${command.user}". Use a numeric uid other than 0.`,
        { data: { sandbox: this.name, capability: "writePaths" } },
      );
    }
    return await this.#run(command, options, this.#log.command(command.argv, command.logFilter));
  }

  async #run(
    command: RuntimeCommand,
    options: OperationOptions = {},
    entry?: LogEntry,
  ): Promise<RuntimeProcess> {
    throwIfAborted(options.signal, this.name);
    if (this.#halting > 0) throw stoppedError(this.name);
    const guest = await this.#machine.guest();
    const owner = { sandbox: this.name, requireAlive: () => this.#machine.requireRunning() };
    // Not before the caller has the end: the next shell would get in the way of this command on a busy machine.
    const onEnd = () =>
      setImmediate(() => {
        if (this.#halting === 0) guest.prepare();
      });
    const process = await startProcess(guest, command, owner, {
      entry,
      onEnd,
      isTrusted: entry === undefined,
    }).catch(async (error: unknown) => {
      throw await this.#machine.explain(error);
    });
    if (options.signal?.aborted) {
      await process.kill("SIGKILL");
      throwIfAborted(options.signal, this.name);
    }
    return process;
  }

  tarIn(directory: string, archive: AsyncIterable<Uint8Array>, options?: OperationOptions): Promise<void> {
    return posixTarIn((command) => this.#run(command), directory, archive, options);
  }

  tarOut(path: string, options?: OperationOptions): AsyncIterable<Uint8Array> {
    return posixTarOut((command) => this.#run(command), path, options);
  }

  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    const { status } = await this.inspect();
    if (status === "stopped") return;
    if (graceMs > 0 && status === "running") {
      const guest = await this.#machine.guest();
      await guest.dropSpare();
      await guest.signalAll("SIGTERM");
      await guest.waitUntilIdle(graceMs);
    }
    await this.kill();
  }

  async kill(): Promise<void> {
    await this.#machine.inTurn(() => this.#kill());
  }

  async #kill(): Promise<void> {
    const { status } = await this.inspect();
    if (status === "stopped") return;
    if (status === "lost") throw lostError(this.name);
    await this.#log.settle();
    this.#halting++;
    try {
      const guest = await this.#machine.guest();
      await guest.dropSpare();
      for (let attempt = 1; attempt <= killAttempts; attempt++) {
        await guest.signalAll("SIGKILL");
        if (await guest.waitUntilIdle(killPatienceMs)) break;
      }
      await this.#machine.shutDown();
    } finally {
      this.#halting--;
    }
  }

  async start(options?: OperationOptions): Promise<void> {
    await this.#machine.inTurn(() => this.#machine.start(options));
  }

  async snapshot(name: string, options: SnapshotOptions = {}): Promise<SnapshotRecord> {
    const { status } = await this.inspect();
    if (status === "lost") throw lostError(this.name);
    if (!isOciImage(this.#machine.record.image)) {
      throw new SandboxError(
        "unsupported",
        `Sandbox "${this.name}" cannot be saved: its root file system is a folder or disk of the host. Use an image of a registry or an archive.`,
        { data: { sandbox: this.name, capability: "snapshots" } },
      );
    }
    throwIfAborted(options.signal, this.name);
    await this.kill();
    try {
      const { image } = this.#machine.record;
      return await this.#snapshots.take(name, { sandbox: this.name, image }, options);
    } finally {
      if (status === "running") await this.start();
    }
  }

  async destroy(): Promise<void> {
    this.#log.close();
    await this.#machine.destroy();
  }

  logs(options: LogsOptions = {}): AsyncIterable<Uint8Array> {
    return this.#log.read(this.name, options);
  }

  async stats(): Promise<SandboxStats> {
    const guest = await this.#machine.guest();
    if (this.#stats?.guest !== guest) {
      const { memoryMib } = this.#machine.record.caps;
      this.#stats = { guest, reader: new StatsReader(() => guest.control(), memoryMib) };
    }
    return await this.#stats.reader.read();
  }

  async extend(expiresAt: Date): Promise<void> {
    await this.inspect();
    await this.#machine.extend(expiresAt);
  }
}

function isOciImage(image: string): boolean {
  return !/^(folder|disk):/.test(image);
}

function throwIfAborted(signal: AbortSignal | undefined, name: string): void {
  if (signal?.aborted) throw cancelled(`The command in sandbox "${name}"`, signal, { sandbox: name });
}
