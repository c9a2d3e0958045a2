import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";
import { isSandboxError } from "../../src/errors/index.ts";
import { startExec } from "./exec-session.ts";
import { isExecTag } from "./exec-tag.ts";
import { endAll } from "./processes.ts";
import { sandboxScripts } from "./sandbox-scripts.ts";
import { SignalSession } from "./signal-session.ts";

/** A helper that nobody needed for so long ends; the next running command opens another. */
const idleMs = 10_000;
const attempts = 4;
const reapPatienceMs = 10_000;
const reapPollMs = 20;

/**
 * Signals whole process trees of one sandbox. The engine cannot signal an exec, so a helper runs inside, as root with CAP_KILL, which
 * the commands' user can neither signal nor outrun.
 */
export class ProcessTree {
  readonly #container: Container;
  readonly #name: string;
  readonly #tagKey: string;
  #queue: Promise<unknown> = Promise.resolve();
  #helper: Promise<SignalSession> | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(container: Container, name: string, tagKey: string) {
    this.#container = container;
    this.#name = name;
    this.#tagKey = tagKey;
  }

  /**
   * Opens the helper ahead of need: under a fork bomb a new process waits seconds for its share of the CPU, and a running
   * one is woken at once.
   */
  prepare(): void {
    this.#open().catch(() => {});
  }

  /** Lets the helper go. */
  close(): void {
    clearTimeout(this.#idleTimer);
    void this.#helper?.then(
      (session) => session.close(),
      () => {},
    );
    this.#helper = undefined;
  }

  /** Signals every process with that tag. One call at a time, or two helpers would freeze each other. */
  signal(tag: number, signal: NodeJS.Signals): Promise<void> {
    const turn = this.#queue.then(() => this.#signalWithRetries(tag, signal));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Root inside the sandbox (the `root` profile) can kill the helper; PID 1, which it cannot, then ends every process. */
  async #signalWithRetries(tag: number, signal: NodeJS.Signals): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#signalOnce(tag, signal);
      } catch (error) {
        if (isSandboxError(error, "sandbox_lost") || isSandboxError(error, "not_running")) return;
        if (attempt < attempts && !isSandboxError(error, "connection_lost")) continue;
        if (signal !== "SIGKILL") throw error;
        // Waited for: what PID 1 obeys late would end the next command.
        await endAll(this.#container).catch(() => {
          throw error;
        });
        return;
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
      await this.#vanished(session, tag);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Waits until the killed are reaped: hundreds of zombies still fill the pids cap, and the next command could not fork. */
  async #vanished(session: SignalSession, tag: number): Promise<void> {
    const deadline = Date.now() + reapPatienceMs;
    while ((await this.#targets(session, tag)).length > 0 && Date.now() < deadline) await sleep(reapPollMs);
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

  #open(): Promise<SignalSession> {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.close(), idleMs).unref();
    this.#helper ??= this.#openHelper();
    return this.#helper;
  }

  #openHelper(): Promise<SignalSession> {
    const forget = () => {
      if (this.#helper === helper) this.#helper = undefined;
    };
    const helper = (async () => {
      const request = { argv: ["/bin/sh", "-c", sandboxScripts.signal], user: "0:0", stdin: true };
      const { socket } = await startExec(this.#container, this.#name, request);
      const session = new SignalSession(socket, forget);
      await session.ready();
      return session;
    })();
    helper.catch(forget);
    return helper;
  }
}
