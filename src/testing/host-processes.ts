import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** A process of the host. */
interface HostProcess {
  readonly pid: number;
  readonly parent: number;
  readonly isZombie: boolean;
}

/** The ids of the processes that a process of the host has started, and of theirs. */
export async function descendantsOf(ancestor: number): Promise<number[]> {
  const all = await hostProcesses();
  const found = [ancestor];
  for (const pid of found)
    found.push(...all.filter(({ parent }) => parent === pid).map((child) => child.pid));
  return found.slice(1);
}

/** Those of the processes that are still there; a zombie is not. */
export async function stillAlive(pids: readonly number[]): Promise<number[]> {
  const alive = (await hostProcesses()).filter(({ isZombie }) => !isZombie).map(({ pid }) => pid);
  return pids.filter((pid) => alive.includes(pid));
}

async function hostProcesses(): Promise<HostProcess[]> {
  const lines = process.platform === "linux" ? await readProc() : await readPs();
  return lines.map(([pid, parent, state]) => ({
    pid: Number(pid),
    parent: Number(parent),
    isZombie: state?.startsWith("Z") === true,
  }));
}

async function readProc(): Promise<string[][]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")));
  return stats.flatMap((stat, index) => {
    // The name in the second field may hold anything, so counting starts after its last parenthesis.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state && parent ? [[pids[index] ?? "", parent, state]] : [];
  });
}

async function readPs(): Promise<string[][]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,state="]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
}
