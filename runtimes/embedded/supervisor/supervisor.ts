import { SandboxError } from "../../../src/errors/index.ts";
import type {
  CancelFetchMessage,
  FetchMessage,
  MethodParams,
  MethodResult,
  SupervisorMethod,
  SupervisorSettings,
} from "../protocol.ts";
import { createBaseTree } from "./base-tree.ts";
import { Command, type CommandRequest, deathBy } from "./command.ts";
import { CommandRunner } from "./command-runner.ts";
import { fileCalls } from "./file-service.ts";
import type { FileTree } from "./file-tree.ts";
import { GatewayRelay } from "./gateway-relay.ts";
import { homeOf } from "./home-of.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { SandboxLog } from "./sandbox-log.ts";
import { Transfers } from "./transfers.ts";
import { WorkerPool } from "./worker-pool.ts";

const mib = 1_048_576;
/** Commands that have ended and whose output nobody fetched; of older ones it is dropped. */
const maxUnread = 256;

/** The methods as they are implemented: an answer may take its time. */
export type SupervisorHandlers = {
  readonly [Method in SupervisorMethod]: (
    params: MethodParams<Method>,
  ) => MethodResult<Method> | Promise<MethodResult<Method>>;
};

/** One sandbox, in a process of its own: its files, its log and the threads that run its commands. Never runs code of the sandbox itself. */
export class Supervisor {
  readonly #tree: FileTree;
  readonly #log = new SandboxLog();
  readonly #transfers: Transfers;
  readonly #pool: WorkerPool;
  readonly #runner: CommandRunner;
  readonly #watch: MemoryWatch;
  readonly #relay: GatewayRelay | undefined;
  readonly #commands = new Map<string, Command>();
  readonly #running = new Set<Command>();
  #lastId = 0;
  #suspended = false;

  /** Makes the sandbox; resolves when it can run commands. `send` takes what is for the host's gateway. */
  static async open(
    settings: SupervisorSettings,
    send: (message: FetchMessage | CancelFetchMessage) => void,
  ): Promise<Supervisor> {
    // In memory, files are part of what the sandbox may use: half of it at most, so that there is something to work with.
    const diskBytes = Math.floor(Math.min(settings.diskMib, settings.memoryMib / 2) * mib);
    const tree = createBaseTree({
      maxBytes: diskBytes,
      profile: settings.profile,
      writePaths: settings.writePaths,
    });
    const relay = settings.hasGateway ? new GatewayRelay(send) : undefined;
    const pool = new WorkerPool({
      calls: fileCalls(tree),
      relay,
      python: settings.python,
      javascript: settings.javascript,
      memoryMib: settings.memoryMib,
      diskBytes,
    });
    await pool.warm();
    return new Supervisor(settings, { tree, pool, relay });
  }

  private constructor(
    settings: SupervisorSettings,
    { tree, pool, relay }: { tree: FileTree; pool: WorkerPool; relay: GatewayRelay | undefined },
  ) {
    this.#tree = tree;
    this.#relay = relay;
    this.#pool = pool;
    this.#transfers = new Transfers(tree);
    this.#watch = new MemoryWatch({
      limitBytes: settings.memoryMib * mib,
      running: this.#running,
      threads: () => pool.workers.size,
      fileBytes: () => tree.storage.usedBytes,
    });
    const { maxConcurrentCommands, writePaths } = settings;
    const env = { HOME: homeOf(writePaths), ...settings.env };
    const [running, watch, log] = [this.#running, this.#watch, this.#log];
    this.#runner = new CommandRunner({ pool, tree, log, running, watch, env, maxConcurrentCommands });
  }

  readonly handlers: Omit<SupervisorHandlers, "open"> = {
    spawn: (request) => ({ id: this.#spawn(request) }),
    writeStdin: ({ id, data }) => this.#commands.get(id)?.writeStdin(data),
    closeStdin: ({ id }) => this.#commands.get(id)?.closeStdin(),
    kill: async ({ id, signal }) => {
      const command = this.#commands.get(id);
      command?.condemn(deathBy(signal));
      await command?.exit.catch(() => {});
    },
    readOutput: async ({ id }) => {
      const chunks = (await this.#commands.get(id)?.output.read()) ?? [];
      this.#forget(id);
      return { chunks };
    },
    releaseOutput: ({ id }) => {
      this.#commands.get(id)?.output.release();
      this.#forget(id);
    },
    wait: async ({ id }) => {
      const command = this.#commands.get(id);
      if (command === undefined) throw new SandboxError("runtime_error", `There is no command ${id}.`);
      try {
        return await command.exit;
      } finally {
        command.isCollected = true;
        this.#forget(id);
      }
    },
    suspend: async ({ signal }) => {
      this.#suspended = true;
      const commands = [...this.#commands.values()];
      for (const command of commands) command.condemn(deathBy(signal));
      await Promise.all(commands.map(({ exit }) => exit.catch(() => {})));
      await this.#pool.empty();
      this.#log.wake();
    },
    resume: async () => {
      await this.#pool.warm();
      this.#suspended = false;
    },
    stat: ({ path }) => this.#tree.lstat(path),
    list: ({ path }) => this.#tree.list(path),
    makeDirectory: ({ path }) => this.#tree.makeDirectory(path, true),
    rename: ({ from, to }) => this.#tree.rename(from, to),
    remove: ({ path, recursive }) => this.#tree.remove(path, { recursive, force: false }),
    beginUnpack: ({ directory }) => ({ transfer: this.#transfers.beginUnpack(directory) }),
    unpack: ({ transfer, data }) => this.#transfers.write(transfer, data),
    endUnpack: ({ transfer }) => this.#transfers.close(transfer),
    beginPack: ({ path }) => ({ transfer: this.#transfers.beginPack(path) }),
    pack: async ({ transfer }) => {
      const data = await this.#transfers.read(transfer);
      return data === undefined ? {} : { data };
    },
    abandon: ({ transfer }) => this.#transfers.abandon(transfer),
    readLog: async ({ cursor, tail, follow }) => {
      const start = cursor ?? (tail === undefined ? 0 : this.#log.cursorOf(tail));
      if (follow && !this.#suspended) await this.#log.waitBeyond(start);
      return { ...this.#log.read(start), ended: !follow || this.#suspended };
    },
    takeFetchPart: ({ id, part }) => this.#relay?.take(id, part),
    stats: () => {
      const { user, system } = process.cpuUsage();
      return {
        cpuMicroseconds: user + system,
        memoryBytes: this.#watch.usedBytes,
        commands: this.#running.size,
      };
    },
  };

  #spawn(request: CommandRequest): string {
    if (this.#suspended) throw new SandboxError("not_running", "The sandbox is stopped. Call start() first.");
    const command = new Command(String(++this.#lastId), request, this.#tree.storage);
    this.#commands.set(command.id, command);
    void this.#runner.run(command).then(() => this.#dropOldest());
    return command.id;
  }

  /** Lets go of a command that has nothing left to tell. */
  #forget(id: string): void {
    const command = this.#commands.get(id);
    if (command?.isCollected && command.output.isDone) this.#commands.delete(id);
  }

  #dropOldest(): void {
    let unread = 0;
    for (const command of [...this.#commands.values()].reverse()) {
      if (command.isCollected && ++unread > maxUnread) this.#commands.delete(command.id);
    }
  }
}
