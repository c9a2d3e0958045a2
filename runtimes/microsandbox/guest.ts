import { setTimeout as sleep } from "node:timers/promises";
import { SandboxError } from "../../src/errors/index.ts";
import type { RuntimeCommand } from "../../src/runtime/index.ts";
import { ControlSession } from "./control-session.ts";
import { withDeadline } from "./deadline.ts";
import { mapVendorError } from "./errors.ts";
import { closeSlot, type ExecSlot, newMark, openSlot, type SlotShell } from "./exec-slot.ts";
import { launchLine, type StdinForm } from "./launch-line.ts";
import { onceConnected } from "./once-connected.ts";
import { ProcessGroups } from "./process-groups.ts";
import { sandboxScripts } from "./sandbox-scripts.ts";
import type { VendorSandbox } from "./sdk.ts";

const setupDeadlineMs = 120_000;
const writeDeadlineMs = 30_000;
const idlePollMs = 50;

/** How the commands of a sandbox run when they do not ask for something else. */
export interface GuestFacts {
  readonly sandbox: string;
  readonly user: string;
  readonly shellOf: (user: string) => Omit<SlotShell, "args">;
}

/** A booted microVM, as one process speaks with it. */
export class Guest {
  readonly vendor: VendorSandbox;
  readonly groups: ProcessGroups;
  readonly #facts: GuestFacts;
  #control: Promise<ControlSession> | undefined;
  #spare: Promise<ExecSlot | undefined> | undefined;
  #isClosed = false;

  /** `firstGroup` is the first of this process's own groups, of which `groups` are there already. */
  constructor(vendor: VendorSandbox, facts: GuestFacts, firstGroup: number, groups: number) {
    this.vendor = vendor;
    this.#facts = facts;
    this.groups = new ProcessGroups(() => this.control(), firstGroup, groups);
  }

  /** Runs one of our scripts as root with every capability. @throws {SandboxError} runtime_error with what it said */
  async runScript(name: "setup" | "save", args: readonly string[]): Promise<void> {
    const { sandbox } = this.#facts;
    const running = onceConnected(() =>
      this.vendor.execWith("/bin/sh", (options) =>
        options
          .args(["-c", sandboxScripts[name], "sh", ...args])
          .user("0:0")
          .cwd("/"),
      ),
    );
    const ended = await withDeadline(running, setupDeadlineMs, `The microVM of sandbox "${sandbox}"`).catch(
      (error: unknown) => {
        throw mapVendorError(error, `prepare sandbox "${sandbox}"`, sandbox);
      },
    );
    if (ended.code === 0) return;
    throw new SandboxError(
      "runtime_error",
      `The ${name} script of sandbox "${sandbox}" failed with exit code ${ended.code}: ${ended.stderr().trim()}`,
      { data: { sandbox } },
    );
  }

  control(): Promise<ControlSession> {
    const present = this.#control;
    this.#control = (async () => {
      const session = await present?.catch(() => undefined);
      if (session !== undefined && !session.isClosed) return session;
      return await ControlSession.open(this.vendor, this.#facts.sandbox);
    })();
    this.#control.catch(() => {});
    return this.#control;
  }

  /** Starts a command in a slot; `asRoot`: as root with every capability. */
  async launch(command: RuntimeCommand, form: StdinForm, asRoot: boolean): Promise<ExecSlot> {
    const { args } = launchLine(command, form, newMark());
    const slot = await this.#take(command.user, asRoot, args);
    try {
      const { line } = launchLine(command, form, slot.mark);
      const what = `The microVM of sandbox "${this.#facts.sandbox}"`;
      await withDeadline(slot.stdin.write(Buffer.from(line)), writeDeadlineMs, what);
      return slot;
    } catch (error) {
      closeSlot(slot, this.groups);
      throw error;
    }
  }

  async #take(
    user: string | undefined,
    asRoot: boolean,
    args: readonly string[] | undefined,
  ): Promise<ExecSlot> {
    if (asRoot) return await this.#open({ user: "0:0", env: {}, openFiles: 1024 });
    const isUsual = (user === undefined || user === this.#facts.user) && args === undefined;
    const spare = isUsual ? this.#spare : undefined;
    if (isUsual) this.#spare = undefined;
    const ready = await spare;
    return (
      ready ?? (await this.#open({ ...this.#facts.shellOf(user ?? this.#facts.user), ...(args && { args }) }))
    );
  }

  /** Starts a shell for the next command ahead of need. */
  prepare(): void {
    if (this.#isClosed) return;
    this.#spare ??= this.#open(this.#facts.shellOf(this.#facts.user)).catch(() => undefined);
  }

  #open(shell: SlotShell): Promise<ExecSlot> {
    return openSlot(this.vendor, this.#facts.sandbox, this.groups, shell);
  }

  /** Signals all processes of all commands. */
  async signalAll(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const control = await this.control();
    await control.order(signal === "SIGKILL" ? "kill ." : "signal-all . TERM");
  }

  /** Waits until no process of a command is left; false when the time is over. */
  async waitUntilIdle(patienceMs: number): Promise<boolean> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const control = await this.control();
      const lines = await control.order("look .");
      if (lines.includes("populated 0")) return true;
      if (Date.now() >= deadline) return false;
      await sleep(idlePollMs);
    }
  }

  /** Lets the waiting shells go. */
  async dropSpare(): Promise<void> {
    const slot = await this.#spare;
    this.#spare = undefined;
    if (slot !== undefined) closeSlot(slot, this.groups);
  }

  /** Ends the conversation; the microVM goes on. */
  close(): void {
    this.#isClosed = true;
    void this.dropSpare();
    void this.#control?.then(
      (session) => session.close(),
      () => {},
    );
  }
}
