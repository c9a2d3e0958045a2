import { setTimeout as sleep } from "node:timers/promises";
import type { ControlSession, Order } from "./control-session.ts";

/** Groups that the set-up makes; more are made when they are all in use. */
export const initialGroups = 24;
const moreGroups = 16;
const vanishPatienceMs = 10_000;
const vanishPollMs = 15;
const startPatienceMs = 5_000;

/** A group while one command has it, and the shell in it that starts the command. A later command gets another object for the same group. */
export interface GroupOfShell {
  readonly group: number;
  readonly pid: number;
}

/** What the kernel knows of a group. */
export interface GroupState {
  readonly isPopulated: boolean;
  /** Processes of the group that were killed because memory ran out, since the guest booted. */
  readonly memoryKills: number;
}

/** The cgroups of one guest's commands, by number. A group is used again when the command and all that it left have ended. */
export class ProcessGroups {
  readonly #control: () => Promise<ControlSession>;
  readonly #free: number[];
  #highest: number;
  /** Groups of commands that ended and may have left processes. */
  readonly #lingering = new Set<number>();
  readonly #memoryKills = new Map<number, number>();
  /** Whose each group is, until nothing of that command is left. */
  readonly #owners = new Map<number, GroupOfShell>();

  /** `range` are the numbers that belong to this client alone; another one's groups are never touched. */
  constructor(control: () => Promise<ControlSession>, first: number, count: number) {
    this.#control = control;
    this.#free = Array.from({ length: count }, (_, index) => first + index).reverse();
    this.#highest = first + count - 1;
  }

  /** Moves a process into a group of its own and returns the group; undefined when the process is gone. */
  async join(pid: number): Promise<GroupOfShell | undefined> {
    const group = this.#free.pop() ?? (await this.#makeFree());
    const owner = { group, pid };
    this.#owners.set(group, owner);
    const control = await this.#control();
    const answer = await control.order(`join ${group} ${pid}`);
    if (answer.includes("joined")) return owner;
    this.release(owner);
    return undefined;
  }

  /** Whether processes of the command were killed for want of memory. To be asked before it is released. */
  async ranOutOfMemory({ group }: GroupOfShell): Promise<boolean> {
    const { memoryKills } = await this.#look(group);
    return memoryKills > (this.#memoryKills.get(group) ?? 0);
  }

  async #look(group: number): Promise<GroupState> {
    const control = await this.#control();
    const lines = await control.order(`look ${group}`);
    const value = (name: string) =>
      Number(lines.find((line) => line.startsWith(`${name} `))?.split(" ")[1] ?? 0);
    return { isPopulated: value("populated") > 0, memoryKills: value("oom_kill") };
  }

  /** Halts all of a group, or lets it go on; nothing when the command and all that it left have ended. */
  async freeze(owner: GroupOfShell, isFrozen: boolean): Promise<void> {
    await this.#order(owner, `freeze ${owner.group} ${isFrozen ? 1 : 0}`);
  }

  /**
   * Sends a signal to all of a group but the shell that started its command; for SIGKILL, to that too, and resolves when no process
   * of the group is left. Nothing is signalled when the command and all that it left have ended.
   */
  async signal(owner: GroupOfShell, signal: NodeJS.Signals): Promise<void> {
    const { group, pid } = owner;
    if (signal !== "SIGKILL") {
      const deadline = Date.now() + startPatienceMs;
      const order = `signal ${group} ${pid} ${signal.replace(/^SIG/, "")}` as const;
      // A shell that is alone has not yet started what the signal is for.
      while ((await this.#order(owner, order)).includes("waiting") && Date.now() < deadline)
        await sleep(vanishPollMs);
      return;
    }
    await this.#order(owner, `kill ${group}`);
    const deadline = Date.now() + vanishPatienceMs;
    while (this.#owns(owner) && (await this.#look(group)).isPopulated && Date.now() < deadline)
      await sleep(vanishPollMs);
  }

  #owns(owner: GroupOfShell): boolean {
    return this.#owners.get(owner.group) === owner;
  }

  /** Gives an order that is for the owner's processes alone: in the moment in which it is given, the group is theirs or it is not given. */
  async #order(owner: GroupOfShell, order: Order): Promise<string[]> {
    const control = await this.#control();
    return this.#owns(owner) ? await control.order(order) : [];
  }

  /** The command of the group has ended; what it left may go on. Idempotent. */
  release(owner: GroupOfShell): void {
    if (this.#owns(owner)) this.#lingering.add(owner.group);
  }

  async #makeFree(): Promise<number> {
    await this.#collect();
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const control = await this.#control();
    const made = Array.from({ length: moreGroups }, (_, index) => this.#highest + 1 + index);
    this.#highest += moreGroups;
    await control.order(`more . ${made.join(" ")}`);
    this.#free.push(...made.reverse());
    return this.#free.pop() as number;
  }

  async #collect(): Promise<void> {
    for (const group of [...this.#lingering]) {
      const { isPopulated, memoryKills } = await this.#look(group);
      if (isPopulated || !this.#lingering.delete(group)) continue;
      this.#memoryKills.set(group, memoryKills);
      this.#owners.delete(group);
      this.#free.push(group);
    }
  }
}
