import type { RuntimeCommand, RuntimeProcess } from "../../runtime/index.ts";
import { bounded } from "../bounded.ts";
import type { ExecTarget } from "./exec-target.ts";
import { killTree } from "./kill-tree.ts";

/** Starts a command on the client's clock. One that starts although it was stopped meanwhile is killed. */
export async function startProcess(
  target: ExecTarget,
  command: RuntimeCommand,
  signal: AbortSignal,
): Promise<RuntimeProcess> {
  const { sandbox, deadlines } = target;
  const bounds = {
    operation: `Starting a command in ${sandbox.name}`,
    deadlineMs: deadlines.spawnMs,
    settleMs: deadlines.settleMs,
    signal,
    discard: (late: RuntimeProcess) => killTree(target, late),
  };
  return await bounded(bounds, (stop) => sandbox.spawn(command, { signal: stop }));
}
