import { readFile } from "node:fs/promises";

/** The children of a process, from Linux's /proc; none when it is gone. */
export async function childrenOf(pid: number | string | undefined): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return text.split(" ").filter((child) => child !== "");
}

/** Whether the command line listens for signals yet: SIGHUP is the last of them, and none that Node itself catches. */
export async function listensForSignals(pid: number | undefined): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const caught = BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(status)?.[1] ?? "0"}`);
  return (caught & 1n) !== 0n;
}
