import { readdirSync, readFileSync } from "node:fs";

/** Whether a process of the group runs. One that has ended and that nobody has waited for does not count. */
export function isAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  return readdirSync("/proc").some((entry) => /^\d+$/.test(entry) && isRunningIn(entry, group));
}

function isRunningIn(pid: string, group: number): boolean {
  try {
    // The name in parentheses may hold anything; after it come state, parent and group.
    const [state, , processGroup] = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(processGroup) === group && state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}
