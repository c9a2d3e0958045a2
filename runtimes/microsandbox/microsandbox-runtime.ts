import { cancelled, SandboxError } from "../../src/errors/index.ts";
import type {
  CreateOptions,
  OperationOptions,
  ProbeResult,
  RuntimeSandbox,
  RuntimeSpec,
  SandboxRecord,
  SandboxRuntime,
} from "../../src/runtime/index.ts";
import { microsandboxCapabilities } from "./capabilities.ts";
import { createVirtualMachine } from "./create-sandbox.ts";
import { withDeadline } from "./deadline.ts";
import { mapVendorError, vendorCode } from "./errors.ts";
import { placesOf } from "./guest-setup.ts";
import { prepareImage } from "./image.ts";
import { newRecord, recordIdOf, type StoredRecord, toSandboxRecord, vendorName } from "./labels.ts";
import {
  type MicrosandboxRuntimeOptions,
  parseMicrosandboxOptions,
  type ResolvedMicrosandboxOptions,
} from "./microsandbox-options.ts";
import { MicrosandboxSandbox } from "./microsandbox-sandbox.ts";
import { probeMicrosandbox, rememberBoot } from "./probe.ts";
import { SandboxLog } from "./sandbox-log.ts";
import { loadSdk, type Sdk, type VendorHandle, vendorHome } from "./sdk.ts";
import { MicrosandboxSnapshots } from "./snapshots.ts";
import { StateFolder } from "./state-folder.ts";
import { sweep } from "./sweep.ts";
import { Turns } from "./turns.ts";
import { VirtualMachine } from "./virtual-machine.ts";

/**
 * Sandboxes as microVMs, each with a kernel of its own behind hardware virtualisation. Isolation `microvm`. Does no I/O until it is
 * used. @throws {SandboxError} invalid_argument
 */
export function microsandboxRuntime(options: MicrosandboxRuntimeOptions = {}): SandboxRuntime {
  return new MicrosandboxRuntime(parseMicrosandboxOptions(options));
}

const lookDeadlineMs = 15_000;

class MicrosandboxRuntime implements SandboxRuntime {
  readonly name = "microsandbox";
  readonly capabilities = microsandboxCapabilities;
  readonly #options: ResolvedMicrosandboxOptions;
  readonly #openLogs = new Set<SandboxLog>();
  readonly #openMachines = new Set<VirtualMachine>();
  readonly #turns = new Turns();
  readonly snapshots: MicrosandboxSnapshots;
  #closed = false;
  /** Once is enough. */
  #remembering: Promise<void> | undefined;

  constructor(options: ResolvedMicrosandboxOptions) {
    this.#options = options;
    this.snapshots = new MicrosandboxSnapshots(() => this.#sdk(), options.namespace);
  }

  probe({ signal }: OperationOptions = {}): Promise<ProbeResult> {
    return probeMicrosandbox({ ...(signal && { signal }) });
  }

  async create(spec: RuntimeSpec, options: CreateOptions = {}): Promise<RuntimeSandbox> {
    const { signal, onProgress } = options;
    const { pull, hostImages } = this.#options;
    const sdk = await this.#sdk();
    placesOf(spec);
    throwIfAborted(signal, spec.name);
    const record = newRecord(spec);
    const state = this.#state();
    const diskFolder = state.folder(record.id);
    onProgress?.({ phase: "create", name: spec.name });
    await state.create(record);
    const machine = this.#machine(sdk, record, spec.gateway);
    try {
      const image =
        spec.snapshot === undefined
          ? await prepareImage(sdk, spec.image, {
              ...options,
              pull,
              profile: spec.profile,
              diskFolder,
              hostImages,
            })
          : await this.snapshots.prepare(spec, { ...options, pull });
      throwIfAborted(signal, spec.name);
      const vendor = await createVirtualMachine(sdk, spec, record, image, this.#options, options);
      throwIfAborted(signal, spec.name);
      await machine.boot(vendor, { ...options, isFromSnapshot: spec.snapshot !== undefined });
      throwIfAborted(signal, spec.name);
      this.#remembering ??= rememberBoot();
      await this.#remembering;
      return this.#sandbox(machine);
    } catch (error) {
      const failure = mapVendorError(error, `create sandbox "${spec.name}"`, spec.name);
      await machine.destroy().catch(() => {});
      throw failure;
    }
  }

  async attach(name: string): Promise<RuntimeSandbox> {
    const sdk = await this.#sdk();
    const looking = sdk.Sandbox.get(vendorName(this.#options.namespace, name));
    const handle = await withDeadline(looking, lookDeadlineMs, `Sandbox "${name}"`).catch(
      (error: unknown) => {
        if (vendorCode(error) === "sandboxNotFound") return undefined;
        throw mapVendorError(error, `find sandbox "${name}"`);
      },
    );
    const record = handle && (await this.#recordOf(handle));
    if (record !== undefined) return this.#sandbox(this.#machine(sdk, record));
    throw new SandboxError("not_found", `There is no sandbox "${name}" on this machine.`, {
      data: { sandbox: name },
    });
  }

  async list(): Promise<SandboxRecord[]> {
    const sdk = await this.#sdk();
    const state = this.#state();
    const records: SandboxRecord[] = [];
    for await (const handle of this.#handles(sdk)) {
      const record = await this.#recordOf(handle);
      if (record === undefined) continue;
      records.push(toSandboxRecord(record, handle.status, await state.readMarks(record.id)));
    }
    return records;
  }

  async *#handles(sdk: Sdk): AsyncGenerator<VendorHandle> {
    let cursor: string | undefined;
    do {
      const at = cursor;
      const looking = sdk.Sandbox.listWith((page) => {
        const filtered = page.label("ctx-sandbox.namespace", this.#options.namespace).limit(100);
        return at === undefined ? filtered : filtered.cursor(at);
      });
      const page = await withDeadline(looking, lookDeadlineMs, "The list of microVMs").catch(
        (error: unknown) => {
          throw mapVendorError(error, "list the sandboxes");
        },
      );
      yield* page.sandboxes;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  async sweep(): Promise<string[]> {
    const sdk = await this.#sdk();
    return await sweep(sdk, this.#state(), this.#options.namespace, vendorHome());
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#openLogs].map((log) => log.flush()));
    for (const log of this.#openLogs) log.close();
    for (const machine of this.#openMachines) machine.close();
  }

  async #recordOf(handle: VendorHandle): Promise<StoredRecord | undefined> {
    const id = recordIdOf(handle.configJson);
    return id === undefined ? undefined : await this.#state().read(id);
  }

  #state(): StateFolder {
    return new StateFolder(this.#options.namespace, vendorHome());
  }

  #machine(sdk: Sdk, record: StoredRecord, gateway?: RuntimeSpec["gateway"]): VirtualMachine {
    return new VirtualMachine({
      sdk,
      state: this.#state(),
      namespace: this.#options.namespace,
      home: vendorHome(),
      record,
      open: this.#openMachines,
      turns: this.#turns,
      ...(gateway && { gateway }),
    });
  }

  #sandbox(machine: VirtualMachine): MicrosandboxSandbox {
    const file = this.#state().logFile(machine.record.id);
    const isRunning = async () => (await machine.inspect()).status === "running";
    return new MicrosandboxSandbox(machine, new SandboxLog(file, this.#openLogs, isRunning), this.snapshots);
  }

  async #sdk(): Promise<Sdk> {
    if (this.#closed) {
      throw new SandboxError("closed", "The microsandbox runtime was closed. Create a new one.");
    }
    return await loadSdk();
  }
}

function throwIfAborted(signal: AbortSignal | undefined, name: string): void {
  if (signal?.aborted) throw cancelled(`The creation of sandbox "${name}"`, signal, { sandbox: name });
}
