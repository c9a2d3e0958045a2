import { SandboxError } from "../../src/errors/index.ts";
import type {
  CreateOptions,
  OperationOptions,
  ProbeResult,
  RuntimeCapabilities,
  RuntimeSandbox,
  RuntimeSpec,
  SandboxRecord,
  SandboxRuntime,
} from "../../src/runtime/index.ts";
import { embeddedCapabilities } from "./capabilities.ts";
import {
  type EmbeddedRuntimeOptions,
  parseEmbeddedOptions,
  type ResolvedEmbeddedOptions,
} from "./embedded-options.ts";
import { EmbeddedSandbox } from "./embedded-sandbox.ts";
import { probeInterpreter } from "./probe.ts";
import { startSupervisor } from "./start-sandbox.ts";

/**
 * Sandboxes on an interpreter of shell, Python and JavaScript that needs nothing but the package `just-bash`. Each lives in
 * a process of its own, in memory, and ends with the process that made it. Isolation `interpreter`: no boundary of the operating
 * system. Does no I/O until it is used. @throws {SandboxError} invalid_argument
 */
export function embeddedRuntime(options: EmbeddedRuntimeOptions = {}): SandboxRuntime {
  return new EmbeddedRuntime(parseEmbeddedOptions(options));
}

class EmbeddedRuntime implements SandboxRuntime {
  readonly name = "embedded";
  readonly capabilities: RuntimeCapabilities;
  readonly #options: ResolvedEmbeddedOptions;
  readonly #sandboxes = new Map<string, EmbeddedSandbox>();
  readonly #creating = new Map<
    string,
    { readonly done: Promise<unknown>; readonly abort: AbortController }
  >();
  #closed = false;

  constructor(options: ResolvedEmbeddedOptions) {
    this.#options = options;
    this.capabilities = embeddedCapabilities(options);
  }

  async probe({ signal }: OperationOptions = {}): Promise<ProbeResult> {
    return await probeInterpreter(this.#options, signal);
  }

  async create(spec: RuntimeSpec, { signal, onProgress }: CreateOptions = {}): Promise<RuntimeSandbox> {
    this.#expectOpen();
    const { name } = spec;
    if (this.#sandboxes.has(name) || this.#creating.has(name)) {
      throw new SandboxError("already_exists", `There is a sandbox "${name}" already. Choose another name.`, {
        data: { sandbox: name },
      });
    }
    onProgress?.({ phase: "start", name });
    const abort = new AbortController();
    const bound = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]);
    const started = startSupervisor(spec, this.#options, bound);
    this.#creating.set(name, { done: started.catch(() => {}), abort });
    try {
      const supervisor = await started;
      if (this.#closed) {
        await supervisor.end();
        throw this.#closedError();
      }
      const sandbox = new EmbeddedSandbox(spec, supervisor, () => {
        if (this.#sandboxes.get(name) === sandbox) this.#sandboxes.delete(name);
      });
      this.#sandboxes.set(name, sandbox);
      return sandbox;
    } finally {
      this.#creating.delete(name);
    }
  }

  async attach(name: string): Promise<RuntimeSandbox> {
    this.#expectOpen();
    await this.#creating.get(name)?.done;
    const sandbox = this.#sandboxes.get(name);
    if (sandbox !== undefined) return sandbox;
    throw new SandboxError("not_found", `There is no sandbox "${name}" in this process.`, {
      data: { sandbox: name },
    });
  }

  async list(): Promise<SandboxRecord[]> {
    this.#expectOpen();
    return Array.from(this.#sandboxes.values(), ({ record }) => record);
  }

  /** Nothing can be left: a sandbox has no part outside its process, which ends with the one that made it. */
  async sweep(): Promise<string[]> {
    this.#expectOpen();
    return [];
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { abort } of this.#creating.values()) abort.abort(this.#closedError());
    await Promise.all(Array.from(this.#creating.values(), ({ done }) => done));
    await Promise.all(Array.from(this.#sandboxes.values(), (sandbox) => sandbox.destroy()));
  }

  #expectOpen(): void {
    if (this.#closed) throw this.#closedError();
  }

  #closedError(): SandboxError {
    return new SandboxError("closed", "The embedded runtime was closed. Create a new one.");
  }
}
