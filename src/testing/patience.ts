import { AsyncLocalStorage } from "node:async_hooks";

const factor = new AsyncLocalStorage<number>();

/** Runs a clause on a machine that is slower by that factor: every deadline in it is as much longer, see {@link patient}. */
export function onSlowMachine<Value>(slowness: number, run: () => Promise<Value>): Promise<Value> {
  return factor.run(slowness, run);
}

/** A deadline inside a clause, in milliseconds, as long as the machine of the run needs it. */
export function patient(limitMs: number): number {
  return limitMs * (factor.getStore() ?? 1);
}
