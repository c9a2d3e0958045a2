import { readdir, readFile } from "node:fs/promises";

/** Length of a tick of the kernel's process clocks: USER_HZ is 100 wherever Node runs. */
const tickMs = 10;
/** Where the time in a guest stands, see proc_pid_stat(5), counted from after the name, which is field 2. */
const guestTimeIndex = 43 - 3;

/** Time that the processor has spent inside the guests of a process's children; 0 where the system does not tell. Linux alone does. */
export async function guestTimeMs(pid: number | undefined): Promise<number> {
  const times = (await childrenOf(pid)).map(async (child) => {
    const stat = await readFile(`/proc/${child}/stat`, "utf8").catch(() => "");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[guestTimeIndex] ?? 0) * tickMs;
  });
  return (await Promise.all(times)).reduce((sum, time) => sum + time, 0);
}

/** Each thread of a process has a list of the children that it started. */
async function childrenOf(pid: number | undefined): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = threads.map((thread) =>
    readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => ""),
  );
  return (await Promise.all(lists)).join(" ").split(" ").filter(Boolean);
}
