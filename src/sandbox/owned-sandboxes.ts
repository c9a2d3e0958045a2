import { isSandboxError } from "../errors/index.ts";
import type { RuntimeSandbox } from "../runtime/index.ts";
import { type LongTimeout, longTimeout } from "../util/long-timeout.ts";

/** Before an expiry that could not be acted on is tried again. */
const retryMs = 30_000;

/** A sandbox that this client made. */
export interface OwnedSandbox {
  readonly sandbox: RuntimeSandbox;
  readonly detached: boolean;
  readonly expiresAt?: Date | undefined;
}

/** How the register reaches the runtime; both on the client's clock. */
export interface OwnedSandboxActions {
  readonly inspect: (sandbox: RuntimeSandbox) => Promise<{ readonly expiresAt?: Date }>;
  readonly destroy: (sandbox: RuntimeSandbox) => Promise<void>;
}

/** The sandboxes that a client made, and the one timer that removes those that expire. The timer never keeps the process alive. */
export class OwnedSandboxes {
  readonly #actions: OwnedSandboxActions;
  readonly #owned = new Map<string, OwnedSandbox>();
  #timer: LongTimeout | undefined;
  #removing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(actions: OwnedSandboxActions) {
    this.#actions = actions;
  }

  add(owned: OwnedSandbox): void {
    this.#owned.set(owned.sandbox.name, owned);
    this.#arm();
  }

  /** Our sandbox of that name. */
  get(name: string): RuntimeSandbox | undefined {
    return this.#owned.get(name)?.sandbox;
  }

  /** Forgets one that is gone. Nothing happens when it is not ours, or ours of that name is another by now. */
  forget(sandbox: RuntimeSandbox | undefined): void {
    if (this.#entry(sandbox) === undefined) return;
    this.#owned.delete((sandbox as RuntimeSandbox).name);
    this.#arm();
  }

  /** Takes note of a new expiry of one of ours. */
  extended(sandbox: RuntimeSandbox | undefined, expiresAt: Date | undefined): void {
    const owned = this.#entry(sandbox);
    if (owned === undefined) return;
    this.#owned.set(owned.sandbox.name, { ...owned, expiresAt });
    this.#arm();
  }

  /** Stops the timer, waits for the removals under way, and gives away what the client must remove. */
  async close(): Promise<OwnedSandbox[]> {
    this.#isClosed = true;
    this.#timer?.clear();
    await this.#removing;
    const left = [...this.#owned.values()].filter(({ detached }) => !detached);
    this.#owned.clear();
    return left;
  }

  #arm(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    const next = Math.min(
      ...[...this.#owned.values()].map(({ expiresAt }) => expiresAt?.getTime() ?? Infinity),
    );
    if (next === Infinity || this.#isClosed) return;
    const expire = () => {
      this.#removing = this.#removing.then(() => this.#removeExpired());
    };
    this.#timer = longTimeout(next - Date.now(), expire, { holdsProcess: false });
  }

  async #removeExpired(): Promise<void> {
    const expired = [...this.#owned.values()].filter(({ expiresAt }) => isPast(expiresAt));
    await Promise.all(expired.map(({ sandbox }) => this.#removeIfStillExpired(sandbox)));
    this.#arm();
  }

  // Another process may have extended it; the runtime knows.
  async #removeIfStillExpired(sandbox: RuntimeSandbox): Promise<void> {
    try {
      const { expiresAt } = await this.#actions.inspect(sandbox);
      if (!isPast(expiresAt)) return this.extended(sandbox, expiresAt);
      await this.#actions.destroy(sandbox);
      this.forget(sandbox);
    } catch (error) {
      if (isSandboxError(error, "sandbox_lost")) this.forget(sandbox);
      else this.extended(sandbox, new Date(Date.now() + retryMs));
    }
  }

  #entry(sandbox: RuntimeSandbox | undefined): OwnedSandbox | undefined {
    const owned = sandbox && this.#owned.get(sandbox.name);
    return owned?.sandbox === sandbox ? owned : undefined;
  }
}

function isPast(expiresAt: Date | undefined): boolean {
  return expiresAt !== undefined && expiresAt.getTime() <= Date.now();
}
