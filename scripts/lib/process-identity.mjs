import { readFileSync } from "node:fs";

/** `pid:start time`: names one process for good, where the system tells start times; else the pid alone. */
export function processIdentity(pid) {
  return `${pid}:${startTime(pid)}`;
}

/** Whether the process that {@link processIdentity} named still runs; one that has ended and that nobody reaps does not. */
export function isAlive(identity) {
  const pid = Number(identity.split(":")[0]);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== "EPERM") return false;
  }
  return processIdentity(pid) === identity;
}

function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // See proc(5). The program's name, in parentheses, may hold spaces; after it come the state and 18 more fields.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? "ended" : (fields[18] ?? "");
  } catch {
    return "";
  }
}
