import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** V8's collector, as its flag --expose-gc gives it. */
type Collect = (options: { readonly type: "minor" | "major" }) => void;

let collect: Collect | undefined;

/**
 * Has V8 collect what nobody refers to any more. The vendor's package closes the connection of a command when V8 collects its handle, and has no
 * other way to close it; the relay of a microVM takes 128 (MAX_CLIENTS, https://github.com/superradcompany/microsandbox/pull/765), and V8 sees no
 * reason to collect objects so small. `minor` looks at young objects alone, which takes about a millisecond.
 */
export async function collectHandles(type: "minor" | "major"): Promise<void> {
  collect ??= exposeCollector();
  collect({ type });
  // What is freed is freed in tasks of the event loop.
  await turn();
}

function exposeCollector(): Collect {
  try {
    setFlagsFromString("--expose-gc");
    return runInNewContext("gc") as Collect;
  } catch {
    return () => {};
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
