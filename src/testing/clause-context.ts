import type { RuntimeCapabilities, SandboxRuntime } from "../runtime/index.ts";
import type { RuntimeSandboxClient, SandboxHandle, SandboxSpec } from "../sandbox/index.ts";
import type { SecondProcess } from "./second-process.ts";

/** A client of its own over a runtime object of its own. */
export interface OwnClient {
  readonly runtime: SandboxRuntime;
  readonly client: RuntimeSandboxClient;
}

/** What a clause works with. Everything that comes from it is cleaned up after the clause, whatever happened. */
export interface ClauseContext {
  /** The runtime object under test, shared by all clauses. */
  readonly runtime: SandboxRuntime;
  /** The client over it, shared by all clauses: never close it. */
  readonly client: RuntimeSandboxClient;
  readonly capabilities: RuntimeCapabilities;
  /** How many times slower than a usual machine this one is; see ConformanceOptions. */
  readonly slowness: number;
  /** A name that nothing has. A sandbox that a clause makes under it is removed afterwards. */
  name(): string;
  /** A spec with a name of that kind, and what is given. */
  spec(fields?: Partial<SandboxSpec>): SandboxSpec;
  /** A new sandbox, removed after the clause. */
  sandbox(fields?: Partial<SandboxSpec>): Promise<SandboxHandle>;
  /** A name that no snapshot has. A snapshot that a clause takes under it is removed afterwards. */
  snapshotName(): string;
  /** A running sandbox that other clauses use at the same time: for what needs no fresh one and harms nothing. */
  shared(): Promise<SandboxHandle>;
  /** A new folder in {@link ClauseContext.shared}, for this clause alone. */
  folder(sandbox: SandboxHandle): Promise<string>;
  /** A new empty folder on the host, removed after the clause. */
  hostFolder(): Promise<string>;
  /** A client that may be closed; it is, after the clause. */
  ownClient(): OwnClient;
  /** Another process with a client of its own; killed after the clause. */
  secondProcess(): Promise<SecondProcess>;
  /** Runs after the clause, last added first. */
  afterwards(action: () => Promise<unknown>): void;
}
