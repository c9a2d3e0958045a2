import type { Violation } from "../../errors/index.ts";
import type { RuntimeSandbox } from "../../runtime/index.ts";
import type { PolicyLimits } from "../policy.ts";
import { type EndReason, LiveSandbox } from "./live-sandbox.ts";

/** A place that is asked for, and what stands against it. */
export interface Place {
  take(): void;
  /** Gives it back; does nothing where it is not taken. */
  release(): void;
  /** The same, for what came to nothing. */
  cancel(): void;
  readonly violations: readonly Violation[];
}

/** Does what is to be done with a sandbox whose time is over. */
export type EndSandbox = (sandbox: RuntimeSandbox, reason: EndReason) => Promise<"removed" | "kept">;

/** The sandboxes and commands of one client, counted, and ended when their time is over. */
export class LiveSandboxes {
  readonly #limits: PolicyLimits;
  readonly #end: EndSandbox;
  readonly #live = new Map<string, LiveSandbox>();
  /** How many creations of each name are under way. */
  readonly #pending = new Map<string, number>();
  /** What others made and commands of this client run in. */
  readonly #visited = new Map<string, LiveSandbox>();
  #madeInAll = 0;
  #execsInAll = 0;

  constructor(limits: PolicyLimits, end: EndSandbox) {
    this.#limits = limits;
    this.#end = end;
  }

  /** A place for a new sandbox, to be taken before the slow work begins. Creations of one name share a place: only one can succeed. */
  placeFor(name: string): Place {
    const { sandboxes, totalSandboxes } = this.#limits;
    // Its name may be taken: the runtime will say so, and the one that has it keeps its place.
    const isNew = !this.#live.has(name) && !this.#pending.has(name);
    const names = new Set([...this.#live.keys(), ...this.#pending.keys()]);
    const release = () => {
      const left = (this.#pending.get(name) ?? 1) - 1;
      if (left > 0) this.#pending.set(name, left);
      else this.#pending.delete(name);
    };
    return placeOf({
      violations: [
        ...(isNew ? reached("sandboxes", names.size, sandboxes, "Remove one first.") : []),
        ...reached("totalSandboxes", this.#madeInAll, totalSandboxes, "No more can be made by this client."),
      ],
      take: () => {
        this.#madeInAll++;
        this.#pending.set(name, (this.#pending.get(name) ?? 0) + 1);
      },
      release,
      cancel: () => {
        this.#madeInAll--;
        release();
      },
    });
  }

  /** Begins the life of a new sandbox. */
  add(sandbox: RuntimeSandbox): LiveSandbox {
    const { name } = sandbox;
    const entry = new LiveSandbox(name);
    this.#live.get(name)?.unwatch();
    this.#live.set(name, entry);
    entry.watch(sandbox, this.#limits, async (over, reason) => {
      if ((await this.#end(over, reason)) === "removed") this.remove(entry);
    });
    return entry;
  }

  /** What is known of a sandbox that is taken up by name. */
  find(name: string): LiveSandbox | undefined {
    return this.#live.get(name);
  }

  /** A place for a command. */
  placeForExec(name: string, made: LiveSandbox | undefined): Place {
    const { execs, totalExecs } = this.#limits;
    const entry = made ?? this.#visited.get(name) ?? new LiveSandbox(name);
    const release = () => {
      entry.execs--;
      entry.touch();
      if (entry.execs === 0 && this.#visited.get(name) === entry) this.#visited.delete(name);
    };
    return placeOf({
      violations: [
        ...reached("execs", entry.execs, execs, "Wait until one has ended."),
        ...reached("totalExecs", this.#execsInAll, totalExecs, "No more can be run by this client."),
      ],
      take: () => {
        this.#execsInAll++;
        entry.execs++;
        if (made === undefined) this.#visited.set(name, entry);
      },
      release,
      // What could not be started counts all the same: it was tried.
      cancel: release,
    });
  }

  /** It is gone. Another that has its name by now keeps its place. */
  remove(entry: LiveSandbox): void {
    entry.unwatch();
    if (this.#live.get(entry.name) === entry) this.#live.delete(entry.name);
  }

  /** There is none of that name on the runtime any more. */
  lost(name: string): void {
    const entry = this.#live.get(name);
    if (entry !== undefined && !this.#pending.has(name)) this.remove(entry);
  }

  close(): void {
    for (const entry of this.#live.values()) entry.unwatch();
    this.#live.clear();
  }
}

/** A place that is taken and given back at most once. */
function placeOf({ violations, take, release, cancel }: Place): Place {
  let isTaken = false;
  const onceTaken = (end: () => void) => () => {
    if (isTaken) end();
    isTaken = false;
  };
  return {
    violations,
    take: () => {
      if (!isTaken) take();
      isTaken = true;
    },
    release: onceTaken(release),
    cancel: onceTaken(cancel),
  };
}

function reached(
  field: keyof PolicyLimits,
  present: number,
  limit: number | undefined,
  suggestion: string,
): readonly Violation[] {
  if (limit === undefined || present < limit) return [];
  const message = `The policy allows ${limit} (limits.${field}), and there are ${present}.`;
  return [{ code: "limit_reached", field, message, suggestion }];
}
