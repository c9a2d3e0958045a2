import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Identity of a process; the same shape as the `Owner` of the runtime interface. */
export interface OwnerIdentity {
  readonly host: string;
  readonly boot: string;
  readonly pidNamespace: string;
  readonly pid: number;
  readonly startTime: string;
}

/** The identity of this process. */
export function currentOwner(): OwnerIdentity {
  return {
    host: hostIdentity(),
    boot: readText("/proc/sys/kernel/random/boot_id"),
    pidNamespace: readLink("/proc/self/ns/pid"),
    pid: process.pid,
    startTime: processStat(process.pid)?.startTime ?? "",
  };
}

/**
 * Whether it is proved that the owner's process is gone: the same machine has booted since, or, in the same process-id
 * namespace, there is no such process or it started at another time. Without proof it is false.
 */
export function isOwnerGone(owner: OwnerIdentity, self: OwnerIdentity = currentOwner()): boolean {
  if (owner.host === "" || owner.host !== self.host) return false;
  if (owner.boot !== self.boot) return owner.boot !== "" && self.boot !== "";
  if (owner.pidNamespace !== self.pidNamespace) return false;
  if (process.platform === "linux" && owner.pidNamespace === "") return false;
  if (!isProcess(owner.pid)) return true;
  const stat = processStat(owner.pid);
  if (stat === undefined || owner.startTime === "") return false;
  return stat.startTime !== owner.startTime || stat.isZombie;
}

// A hash, because machine-id(5) asks that the id itself is not shown to others.
function hostIdentity(): string {
  const id = readText("/etc/machine-id") || readText("/var/lib/dbus/machine-id");
  // An image that was never booted says "uninitialized".
  const source = id === "" || id === "uninitialized" ? `${hostname()} ${process.platform}` : id;
  return createHash("sha256").update(source).digest("hex").slice(0, 16);
}

function isProcess(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Fields of /proc/PID/stat, see proc_pid_stat(5). The name in field 2 may hold anything, so counting starts after its last `)`. */
export function parseProcessStat(
  text: string,
): { readonly startTime: string; readonly isZombie: boolean } | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, threads, startTime] = [fields[0], fields[17], fields[19]];
  if (state === undefined || startTime === undefined || !/^\d+$/.test(startTime)) return undefined;
  return { startTime, isZombie: state === "Z" && Number(threads) <= 1 };
}

function processStat(pid: number): ReturnType<typeof parseProcessStat> {
  return parseProcessStat(readText(`/proc/${pid}/stat`));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
