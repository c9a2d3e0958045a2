import type { RuntimeProcess } from "../../runtime/index.ts";
import { bounded } from "../bounded.ts";
import type { ExecTarget } from "./exec-target.ts";

/** Kills a command that is given up. Resolves when nothing of it is left, or when that took too long; never rejects. */
export async function killTree({ deadlines }: ExecTarget, process: RuntimeProcess): Promise<void> {
  const bounds = { operation: "Killing a command", deadlineMs: deadlines.settleMs, settleMs: 0 };
  await bounded(bounds, () => process.kill("SIGKILL")).catch(() => {});
}

/** Sends a signal because the caller asked for it. */
export async function signalTree(
  { deadlines }: ExecTarget,
  process: RuntimeProcess,
  signal: NodeJS.Signals,
): Promise<void> {
  const bounds = {
    operation: `Sending ${signal} to a command`,
    deadlineMs: deadlines.signalMs,
    settleMs: deadlines.settleMs,
  };
  await bounded(bounds, () => process.kill(signal));
}
