import { randomInt } from "node:crypto";
import { isSandboxError } from "../../src/errors/index.ts";
import type {
  EgressGateway,
  OperationOptions,
  RuntimeCommand,
  SandboxRecord,
  SandboxStatus,
  Tunnel,
} from "../../src/runtime/index.ts";
import { writeCertificateBundle } from "../../src/runtime/index.ts";
import { removeBootFolder } from "./boot-folders.ts";
import { withDeadline } from "./deadline.ts";
import { mapVendorError, vendorCode } from "./errors.ts";
import { openForwarder } from "./forwarder.ts";
import { Guest } from "./guest.ts";
import { guestFactsOf } from "./guest-facts.ts";
import { savedFolders, setupArguments } from "./guest-setup.ts";
import { recordIdOf, type StoredRecord, toSandboxRecord, vendorName } from "./labels.ts";
import { onceConnected } from "./once-connected.ts";
import { initialGroups } from "./process-groups.ts";
import { lostError, stoppedError } from "./sandbox-errors.ts";
import type { Sdk, VendorHandle, VendorSandbox } from "./sdk.ts";
import { startProcess } from "./start-process.ts";
import type { StateFolder } from "./state-folder.ts";
import type { Turns } from "./turns.ts";
import { eraseVendorLog } from "./vendor-log.ts";

const lookDeadlineMs = 10_000;
const bootDeadlineMs = 120_000;
const endDeadlineMs = 30_000;

/** What a {@link VirtualMachine} is made of. */
export interface VirtualMachineParts {
  readonly sdk: Sdk;
  readonly state: StateFolder;
  readonly namespace: string;
  readonly home: string;
  readonly record: StoredRecord;
  /** The way out, in the process that serves it. */
  readonly gateway?: EgressGateway;
  /** The machines that hold something which ends with the runtime. */
  readonly open: Set<VirtualMachine>;
  /** Starting and ending one microVM, by the record's id, whatever handle is asked. */
  readonly turns: Turns;
}

/** The microVM of one sandbox: booted, connected to, shut down, removed. */
export class VirtualMachine {
  readonly record: StoredRecord;
  readonly #parts: VirtualMachineParts;
  #guest: Promise<Guest> | undefined;
  #tunnel: Tunnel | undefined;
  #stopErasing: (() => void) | undefined;

  constructor(parts: VirtualMachineParts) {
    this.record = parts.record;
    this.#parts = parts;
  }

  /** Makes a microVM that has just been started ready for commands. */
  async boot(
    vendor: VendorSandbox,
    { isFromSnapshot = false, ...options }: OperationOptions & { readonly isFromSnapshot?: boolean } = {},
  ): Promise<void> {
    const { gateway } = this.#parts;
    this.#holdOpen();
    const facts = { ...this.record, ...(gateway && { gateway }) };
    const guest = this.#newGuest(vendor, 1, initialGroups);
    await guest.runScript("setup", setupArguments(facts, isFromSnapshot));
    if (gateway !== undefined) await this.#openWayOut(guest, gateway, options);
    await removeBootFolder(vendorName(this.#parts.namespace, this.record.name));
    await guest.control();
    guest.prepare();
    this.#guest = Promise.resolve(guest);
  }

  async #openWayOut(guest: Guest, gateway: EgressGateway, options: OperationOptions): Promise<void> {
    this.#tunnel = await openForwarder(guest.vendor, this.record.name, gateway, options);
    const { certificateAuthority } = gateway;
    if (certificateAuthority === undefined) return;
    const owner = { sandbox: this.record.name, requireAlive: () => this.requireRunning() };
    const run = (command: RuntimeCommand) =>
      startProcess(guest, command, owner, { asRoot: true, isTrusted: true });
    await writeCertificateBundle(run, certificateAuthority, options);
  }

  /** The guest, connected to anew where needed. @throws {SandboxError} not_running, sandbox_lost */
  guest(): Promise<Guest> {
    if (this.#guest === undefined) {
      const connecting = this.#connect();
      this.#guest = connecting;
      connecting.catch(() => this.forget(connecting));
    }
    return this.#guest;
  }

  /** The connection is of no use any more. */
  forget(guest: Promise<Guest> | undefined = this.#guest): void {
    if (this.#guest === guest) this.#guest = undefined;
    void guest?.then(
      (stale) => stale.close(),
      () => {},
    );
  }

  async #connect(): Promise<Guest> {
    const handle = await this.#handle();
    await this.#requireStatus(handle);
    this.#holdOpen();
    const connecting = onceConnected(() => handle.connect());
    const vendor = await withDeadline(connecting, lookDeadlineMs, this.#what()).catch((error: unknown) => {
      throw mapVendorError(error, `connect to sandbox "${this.record.name}"`, this.record.name);
    });
    // Groups are numbered by the process that uses them: those of another are never met.
    return this.#newGuest(vendor, randomInt(2 ** 20, 2 ** 40), 0);
  }

  #newGuest(vendor: VendorSandbox, firstGroup: number, groups: number): Guest {
    const guestFacts = guestFactsOf(this.record, this.#parts.gateway);
    return new Guest(vendor, guestFacts, firstGroup, groups);
  }

  /** Its state now. @throws {SandboxError} sandbox_lost when it is gone */
  async inspect(): Promise<SandboxRecord> {
    const [handle, marks] = await Promise.all([this.#handle(), this.#parts.state.readMarks(this.record.id)]);
    return toSandboxRecord(this.record, handle.status, marks);
  }

  async requireRunning(): Promise<void> {
    await this.#requireStatus(await this.#handle());
  }

  async #requireStatus(handle: VendorHandle): Promise<void> {
    const marks = await this.#parts.state.readMarks(this.record.id);
    const { status } = toSandboxRecord(this.record, handle.status, marks);
    if (status === "stopped") throw stoppedError(this.record.name);
    if (status === "lost") throw lostError(this.record.name);
  }

  /** What an error of the connection means: that the sandbox is stopped or lost, or what it says. */
  async explain(error: unknown): Promise<unknown> {
    const told = await this.requireRunning().then(
      () => error,
      (better: unknown) => better,
    );
    if (isSandboxError(told, "connection_lost") || told !== error) this.forget();
    return told;
  }

  /** Starts and ends are never at once: of several that are asked for together, each finds what the one before has made of it. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#parts.turns.take(this.record.id, work);
  }

  /** Saves what is in memory, and ends the guest. To be called in turn. */
  async shutDown(): Promise<void> {
    const { state, gateway } = this.#parts;
    const guest = await this.guest();
    await guest.runScript("save", savedFolders({ ...this.record, ...(gateway && { gateway }) }));
    await state.markStopped(this.record.id);
    this.#letGo();
    const handle = await this.#handle();
    await this.#vendor("stop", handle.killWithTimeout(endDeadlineMs), endDeadlineMs + lookDeadlineMs);
  }

  /** Boots a stopped one. Idempotent. To be called in turn. */
  async start(options: OperationOptions = {}): Promise<void> {
    const { sdk, state, namespace } = this.#parts;
    const status: SandboxStatus = (await this.inspect()).status;
    if (status === "running") return;
    if (status === "lost") throw lostError(this.record.name);
    const name = vendorName(namespace, this.record.name);
    const vendor = await this.#vendor("start", sdk.Sandbox.startDetached(name), bootDeadlineMs);
    try {
      await this.boot(vendor, options);
      await state.unmarkStopped(this.record.id);
    } catch (error) {
      this.#letGo();
      await this.#vendor("stop", vendor.kill(), endDeadlineMs).catch(() => {});
      throw error;
    }
  }

  /** Removes it with all that belongs to it. Idempotent. */
  async destroy(): Promise<void> {
    const { state } = this.#parts;
    this.close();
    const handle = await this.#handle().catch((error: unknown) => {
      if (isSandboxError(error, "sandbox_lost")) return undefined;
      throw error;
    });
    if (handle !== undefined) {
      const ended = handle.destroy({ force: true, timeoutMs: endDeadlineMs });
      await this.#vendor("remove", ended, endDeadlineMs + lookDeadlineMs).catch((error: unknown) => {
        if (!isSandboxError(error, "sandbox_lost") && !isSandboxError(error, "not_found")) throw error;
      });
    }
    await state.remove(this.record.id);
  }

  async extend(expiresAt: Date): Promise<void> {
    await this.#parts.state.markExpiry(this.record.id, expiresAt);
  }

  /** Lets go of connections; the microVM goes on. */
  close(): void {
    this.#letGo();
    this.#stopErasing?.();
    this.#stopErasing = undefined;
    this.#parts.open.delete(this);
  }

  #letGo(): void {
    this.#tunnel?.close();
    this.#tunnel = undefined;
    this.forget();
  }

  #holdOpen(): void {
    const { home, namespace, open } = this.#parts;
    open.add(this);
    this.#stopErasing ??= eraseVendorLog(home, vendorName(namespace, this.record.name));
  }

  /** The vendor's record of this very sandbox. @throws {SandboxError} sandbox_lost */
  async #handle(): Promise<VendorHandle> {
    const { sdk, namespace } = this.#parts;
    const looking = sdk.Sandbox.get(vendorName(namespace, this.record.name));
    const handle = await withDeadline(looking, lookDeadlineMs, this.#what()).catch((error: unknown) => {
      if (vendorCode(error) === "sandboxNotFound") throw lostError(this.record.name, error);
      throw mapVendorError(error, `look at sandbox "${this.record.name}"`, this.record.name);
    });
    if (recordIdOf(handle.configJson) !== this.record.id) throw lostError(this.record.name);
    return handle;
  }

  async #vendor<T>(verb: string, work: Promise<T>, deadlineMs: number): Promise<T> {
    try {
      return await withDeadline(work, deadlineMs, this.#what());
    } catch (error) {
      throw mapVendorError(error, `${verb} sandbox "${this.record.name}"`, this.record.name);
    }
  }

  #what(): string {
    return `The microVM of sandbox "${this.record.name}"`;
  }
}
