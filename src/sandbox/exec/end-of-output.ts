import { orAfter } from "../or-after.ts";
import type { OutputPump } from "./output-pump.ts";

/**
 * Waits for the end of the output. Once the command has ended, a stream that neither gives anything nor ends for `quietMs` is
 * given up: something that outlived the command holds it open.
 */
export async function endOfOutput(pump: OutputPump, exit: Promise<unknown>, quietMs: number): Promise<void> {
  const ended = pump.done.then(() => "output" as const);
  const first = await Promise.race([ended, exit.then(() => "command" as const)]);
  if (first === "output") return;
  for (;;) {
    const { chunks } = pump;
    if ((await orAfter(ended, quietMs)) !== undefined) return;
    if (pump.isWaiting && pump.chunks === chunks) return pump.abandon();
  }
}
