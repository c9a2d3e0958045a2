import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";
import { isSandboxError, SandboxError } from "../../src/errors/index.ts";
import { startExec } from "./exec-session.ts";
import { isExecTag } from "./exec-tag.ts";
import { sandboxScripts } from "./sandbox-scripts.ts";
import { SignalSession } from "./signal-session.ts";

/** After so long without the helper, everything is frozen through PID 1, so that a fork bomb does not starve it. */
const helperPatienceMs = 250;
const attempts = 4;

/**
 * Signals whole process trees of one sandbox. The engine cannot signal an exec, so a helper runs inside, as root with CAP_KILL, which
 * the commands' user can neither signal nor outrun.
 */
export class ProcessTree {
  readonly #container: Container;
  readonly #name: string;
  readonly #tagKey: string;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(container: Container, name: string, tagKey: string) {
    this.#container = container;
    this.#name = name;
    this.#tagKey = tagKey;
  }

  /** Signals every process with that tag. One call at a time, or two helpers would freeze each other. */
  signal(tag: number, signal: NodeJS.Signals): Promise<void> {
    const turn = this.#queue.then(() => this.#signalWithRetries(tag, signal));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Root inside the sandbox (the `root` profile) can kill the helper; freezing the container is what is left then. */
  async #signalWithRetries(tag: number, signal: NodeJS.Signals): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#signalOnce(tag, signal);
      } catch (error) {
        if (isSandboxError(error, "sandbox_lost") || isSandboxError(error, "not_running")) return;
        if (attempt < attempts && !isSandboxError(error, "connection_lost")) continue;
        if (signal !== "SIGKILL") throw error;
        await this.#container.pause().catch(() => {
          throw error;
        });
        throw new SandboxError(
          "not_running",
          `A process tree of sandbox "${this.#name}" resisted SIGKILL, so the whole sandbox was frozen. Remove it.`,
          { data: { sandbox: this.#name }, cause: error },
        );
      }
    }
  }

  async #signalOnce(tag: number, signal: NodeJS.Signals): Promise<void> {
    const session = await this.#open();
    try {
      if (signal !== "SIGKILL") {
        await session.send(signal, await this.#targets(session, tag));
        return;
      }
      await session.freeze();
      await session.send("SIGKILL", await this.#targets(session, tag));
      await session.thaw();
    } finally {
      session.close();
    }
  }

  /**
   * The processes of the tag, and those with a CPU limit that is no tag of ours: a program lowered it for itself, and in doubt
   * a process is ended rather than left behind.
   */
  async #targets(session: SignalSession, tag: number): Promise<number[]> {
    const processes = await session.list();
    return processes
      .filter(
        ({ cpuLimit }) => cpuLimit !== undefined && (cpuLimit === tag || !isExecTag(this.#tagKey, cpuLimit)),
      )
      .map(({ pid }) => pid);
  }

  /**
   * Under a fork bomb a new process may wait seconds for its share of the CPU. PID 1 then freezes everything, the helper that is
   * still on its way included, and a second one has the CPU to itself.
   */
  async #open(): Promise<SignalSession> {
    const first = this.#openHelper();
    const patience = new AbortController();
    const slow = sleep(helperPatienceMs, "slow" as const, { signal: patience.signal }).catch(
      () => "slow" as const,
    );
    try {
      const outcome = await Promise.race([first, slow]);
      if (outcome !== "slow") return outcome;
    } finally {
      patience.abort();
    }
    first.then(
      (session) => session.close(),
      () => {},
    );
    await this.#container.kill({ signal: "SIGUSR2" }).catch(() => {});
    return await this.#openHelper();
  }

  async #openHelper(): Promise<SignalSession> {
    const { socket } = await startExec(this.#container, this.#name, {
      argv: ["/bin/sh", "-c", sandboxScripts.signal],
      user: "0:0",
      stdin: true,
    });
    const session = new SignalSession(socket);
    try {
      await session.ready();
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }
}
