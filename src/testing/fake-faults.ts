/** The primitives of a fake runtime that can be made to fail or hang. */
export type FakePrimitive =
  | "probe"
  | "create"
  | "attach"
  | "list"
  | "sweep"
  | "close"
  | "inspect"
  | "spawn"
  | "stop"
  | "kill"
  | "start"
  | "destroy"
  | "logs"
  | "stats"
  | "extend"
  | "snapshot"
  | "snapshots"
  | "tarIn"
  | "tarOut"
  | "files"
  | "process.output"
  | "process.wait"
  | "process.kill"
  | "process.writeStdin"
  | "process.closeStdin";

/** One call that a fake runtime was given. */
export interface FakeCall {
  readonly primitive: FakePrimitive;
  /** Name of the sandbox, where the call is about one. */
  readonly sandbox: string;
}

type Fault = { readonly error: unknown } | { readonly released: PromiseWithResolvers<void> };

/** What goes wrong in a fake runtime, and the record of what it was asked. */
export class FakeFaults {
  readonly #calls: FakeCall[] = [];
  readonly #faults = new Map<FakePrimitive, Fault>();

  /** Every call so far, in order; the calls that a process gets are left out. */
  get calls(): readonly FakeCall[] {
    return this.#calls;
  }

  /** Makes every later call of a primitive throw, until clear(). */
  fail(primitive: FakePrimitive, error: unknown): void {
    this.clear(primitive);
    this.#faults.set(primitive, { error });
  }

  /** Makes every later call of a primitive hang, deaf to any signal, until clear(); then those that hang go on as if nothing had been. */
  hang(primitive: FakePrimitive): void {
    this.clear(primitive);
    this.#faults.set(primitive, { released: Promise.withResolvers() });
  }

  /** Ends the fault of a primitive, or all faults. */
  clear(primitive?: FakePrimitive): void {
    for (const name of primitive === undefined ? [...this.#faults.keys()] : [primitive]) {
      const fault = this.#faults.get(name);
      if (fault !== undefined && "released" in fault) fault.released.resolve();
      this.#faults.delete(name);
    }
  }

  /** Notes a call, and lets it meet its fault. */
  async enter(primitive: FakePrimitive, sandbox = ""): Promise<void> {
    if (!primitive.startsWith("process.")) this.#calls.push({ primitive, sandbox });
    const fault = this.#faults.get(primitive);
    if (fault === undefined) return;
    if ("error" in fault) throw fault.error;
    await fault.released.promise;
  }
}
