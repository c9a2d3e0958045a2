import type { RuntimeProcess } from "../../runtime/index.ts";

/** Starts a command while something about it is recorded. When that fails, the command is killed before anybody gets it. */
export async function spawnWhile(
  recorded: Promise<unknown>,
  spawn: () => Promise<RuntimeProcess>,
): Promise<RuntimeProcess> {
  const [started, record] = await Promise.allSettled([spawn(), recorded]);
  if (started.status === "rejected") throw started.reason;
  if (record.status === "fulfilled") return started.value;
  await started.value.kill("SIGKILL").catch(() => {});
  throw record.reason;
}
