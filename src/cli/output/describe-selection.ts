import type { RuntimeFacts, RuntimeSelection } from "../../sandbox/index.ts";

/** A runtime with what its sandboxes are worth: `embedded runtime (isolation: interpreter)`. */
export function describeRuntime({ name, isolation }: Pick<RuntimeFacts, "name" | "isolation">): string {
  return `${name} runtime (isolation: ${isolation})`;
}

/** Why stronger runtimes were not taken; empty when none was turned down. */
export function describeRejected({ rejected }: RuntimeSelection): string {
  return rejected
    .map(({ runtime, reason }) => `${runtime} is not available: ${reason.replace(/\.$/, "")}`)
    .join("; ");
}

/** The notice for `auto` when something stronger was not available; undefined when there is nothing to say. */
export function describeSelection(requested: string, selection: RuntimeSelection): string | undefined {
  if (requested !== "auto" || selection.rejected.length === 0) return undefined;
  const { runtime: name, isolation } = selection;
  return `using the ${describeRuntime({ name, isolation })} because ${describeRejected(selection)}`;
}
