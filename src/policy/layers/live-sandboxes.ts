import { PolicyViolation } from "../../errors/index.ts";
import type { RuntimeSandbox, RuntimeSpec } from "../../runtime/index.ts";
import type { PolicyLimits } from "../policy.ts";

interface Live {
  sandbox: RuntimeSandbox | undefined;
  readonly createdAtMs: number;
  activeAtMs: number;
  execs: number;
  timer: NodeJS.Timeout | undefined;
}

/** The longest delay that a timer takes, in milliseconds (2^31 - 1, Node's documentation of setTimeout). */
const longestTimerMs = 2_147_483_647;

/** The sandboxes and commands of one client, counted, and ended when their time is over. */
export class LiveSandboxes {
  readonly #limits: PolicyLimits;
  readonly #expire: (sandbox: RuntimeSandbox, reason: "lifetimeMs" | "idleMs") => Promise<void>;
  readonly #live = new Map<string, Live>();
  #madeInAll = 0;
  #execsInAll = 0;

  constructor(
    limits: PolicyLimits,
    expire: (sandbox: RuntimeSandbox, reason: "lifetimeMs" | "idleMs") => Promise<void>,
  ) {
    this.#limits = limits;
    this.#expire = expire;
  }

  /** Takes a place for a new sandbox; the result gives it back when the creation fails. @throws {PolicyViolation} */
  reserve(name: string): () => void {
    const { sandboxes, totalSandboxes } = this.#limits;
    const what = `Creating sandbox "${name}"`;
    // Its name may be taken: the runtime will say so, and the one that has it keeps its place.
    const isNew = !this.#live.has(name);
    if (isNew) refuseAt(what, "sandboxes", this.#live.size, sandboxes, "Remove one first.");
    refuseAt(what, "totalSandboxes", this.#madeInAll, totalSandboxes, "No more can be made by this client.");
    this.#madeInAll++;
    const now = Date.now();
    const entry: Live = { sandbox: undefined, createdAtMs: now, activeAtMs: now, execs: 0, timer: undefined };
    if (isNew) this.#live.set(name, entry);
    return () => {
      this.#madeInAll--;
      if (this.#live.get(name) === entry) this.#live.delete(name);
    };
  }

  /** Begins the life of a sandbox whose place was reserved. */
  add(sandbox: RuntimeSandbox, _spec: RuntimeSpec): void {
    const now = Date.now();
    clearTimeout(this.#live.get(sandbox.name)?.timer);
    this.#live.set(sandbox.name, { sandbox, createdAtMs: now, activeAtMs: now, execs: 0, timer: undefined });
    this.#watch(sandbox.name);
  }

  /** Something was done with it. */
  touch(name: string): void {
    const entry = this.#live.get(name);
    if (entry !== undefined) entry.activeAtMs = Date.now();
  }

  /** Takes a place for a command; the result, to be called once, gives it back. @throws {PolicyViolation} */
  beginExec(name: string): () => void {
    const { execs, totalExecs } = this.#limits;
    const what = `A command in sandbox "${name}"`;
    const entry = this.#live.get(name);
    refuseAt(what, "execs", entry?.execs ?? 0, execs, "Wait until one has ended.");
    refuseAt(what, "totalExecs", this.#execsInAll, totalExecs, "No more can be run by this client.");
    this.#execsInAll++;
    if (entry !== undefined) entry.execs++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      if (entry !== undefined) entry.execs--;
      this.touch(name);
    };
  }

  /** Until when it may live; undefined where the policy sets no bound, or another process made it. */
  latestExpiry(name: string): Date | undefined {
    const { lifetimeMs } = this.#limits;
    const entry = this.#live.get(name);
    return lifetimeMs === undefined || entry === undefined
      ? undefined
      : new Date(entry.createdAtMs + lifetimeMs);
  }

  remove(name: string): void {
    clearTimeout(this.#live.get(name)?.timer);
    this.#live.delete(name);
  }

  close(): void {
    for (const { timer } of this.#live.values()) clearTimeout(timer);
    this.#live.clear();
  }

  #watch(name: string): void {
    const entry = this.#live.get(name);
    const { lifetimeMs = Number.POSITIVE_INFINITY, idleMs = Number.POSITIVE_INFINITY } = this.#limits;
    if (entry?.sandbox === undefined) return;
    const now = Date.now();
    if (entry.execs > 0) entry.activeAtMs = now;
    const leftToLive = entry.createdAtMs + lifetimeMs - now;
    const leftToIdle = entry.activeAtMs + idleMs - now;
    const leftMs = Math.min(leftToLive, leftToIdle);
    if (leftMs === Number.POSITIVE_INFINITY) return;
    if (leftMs <= 0) {
      void this.#end(name, entry.sandbox, leftToLive <= 0 ? "lifetimeMs" : "idleMs");
      return;
    }
    entry.timer = setTimeout(() => this.#watch(name), Math.min(leftMs, longestTimerMs)).unref();
  }

  /** A removal that fails is tried again: what is over its time must not stay. */
  async #end(name: string, sandbox: RuntimeSandbox, reason: "lifetimeMs" | "idleMs"): Promise<void> {
    const entry = this.#live.get(name);
    try {
      await this.#expire(sandbox, reason);
      if (this.#live.get(name) === entry) this.remove(name);
    } catch {
      if (entry === undefined || this.#live.get(name) !== entry) return;
      entry.timer = setTimeout(() => this.#watch(name), retryMs).unref();
    }
  }
}

const retryMs = 5_000;

function refuseAt(
  what: string,
  field: keyof PolicyLimits,
  present: number,
  limit: number | undefined,
  suggestion: string,
): void {
  if (limit === undefined || present < limit) return;
  const message = `The policy allows ${limit} (limits.${field}), and there are ${present}.`;
  throw new PolicyViolation(what, [{ code: "limit_reached", field, message, suggestion }]);
}
