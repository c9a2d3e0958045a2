import type { RuntimeCapabilities } from "./capabilities.ts";
import type { RuntimeSandbox } from "./runtime-sandbox.ts";
import type { RuntimeSnapshots } from "./runtime-snapshots.ts";
import type { RuntimeSpec } from "./runtime-spec.ts";
import type { SandboxRecord } from "./sandbox-record.ts";
import type { SpecDefaults } from "./spec-defaults.ts";

/** Whether a runtime works here, found by trying, never by the presence of a file. */
export type ProbeResult =
  | {
      readonly available: true;
      /** Version of the engine or library. */
      readonly version: string;
      /** Facts worth showing, such as the engine's address. */
      readonly details: Readonly<Record<string, string>>;
    }
  | {
      readonly available: false;
      /** Why not, in one sentence. */
      readonly reason: string;
      /** What a person can do about it, as one sentence or command. */
      readonly remedy: string;
    };

/** Progress of a slow create, for people to watch. */
export type ProgressEvent =
  | {
      readonly phase: "pull";
      readonly image: string;
      readonly currentBytes: number;
      readonly totalBytes: number;
    }
  | { readonly phase: "create" | "start"; readonly name: string };

/** Options of the calls that may be slow. */
export interface OperationOptions {
  /** Cancels; what the operation had made is removed before the promise rejects with `cancelled`. */
  readonly signal?: AbortSignal;
}

/** Options of {@link SandboxRuntime.create}. */
export interface CreateOptions extends OperationOptions {
  readonly onProgress?: (event: ProgressEvent) => void;
}

/**
 * What runtimes implement: about a dozen primitives here and in {@link RuntimeSandbox}. Everything else (text, caps on
 * output, timeouts, one-shots, archives checked for hostile entries) is written once above it.
 *
 * Rules for all: no I/O in the factory; vendor errors are mapped to `SandboxError` with `cause`; calls may come
 * concurrently; `close` is the only end, and a closed runtime throws `closed`.
 */
export interface SandboxRuntime {
  /** Short and stable, such as `docker`. */
  readonly name: string;
  /** What it can do and enforce. Constant for the life of the object. */
  readonly capabilities: RuntimeCapabilities;
  /** What a spec that leaves a field out gets. Constant for the life of the object. */
  readonly defaults?: SpecDefaults;
  /** Logical names of the secrets that a spec may ask for. Absent where nobody grants any. */
  readonly secretNames?: readonly string[];
  /** Tells whether it works here. Never throws (but for cancellation); returns within ten seconds. */
  probe(options?: OperationOptions): Promise<ProbeResult>;
  /**
   * Creates and starts a sandbox; resolves when commands can be run. On any failure nothing is left.
   * @throws {SandboxError} already_exists, image_not_found, image_unavailable, cancelled, connection_lost, storage_full; not_found when
   * the snapshot of the spec is gone
   */
  create(spec: RuntimeSpec, options?: CreateOptions): Promise<RuntimeSandbox>;
  /**
   * Finds a sandbox by name, also one that another process made where the `takeOver` capability says so, running or not.
   * @throws {SandboxError} not_found
   */
  attach(name: string, options?: OperationOptions): Promise<RuntimeSandbox>;
  /** Every sandbox of ours on this runtime, all pages read; one damaged record never hides the others. */
  list(options?: OperationOptions): Promise<SandboxRecord[]>;
  /**
   * Removes what an interrupted create or remove left behind: parts without a sandbox (volumes, leases) that are expired or
   * whose owner is provably gone. Returns what it removed, by name.
   */
  sweep(options?: OperationOptions): Promise<string[]>;
  /** Present where the capability `snapshots` is. */
  readonly snapshots?: RuntimeSnapshots;
  /** Releases connections and worker processes. Sandboxes that can outlive it are left alone. Idempotent. */
  close(): Promise<void>;
}
