import { errorCodes, type SandboxError } from "../errors/index.ts";
import type { ActionContext } from "./action.ts";
import { asSandboxError } from "./report-error.ts";

/**
 * Does the same to every sandbox that was named: a failure is reported and does not keep the others from their turn. `perform`
 * resolves to facts for the JSON document. The exit code is that of the first failure.
 */
export async function forEachName(
  { console, signal }: ActionContext,
  names: readonly string[],
  perform: (name: string) => Promise<object>,
): Promise<number> {
  const results: object[] = [];
  let firstError: SandboxError | undefined;
  for (const name of names) {
    signal.throwIfAborted();
    try {
      results.push({ name, ...(await perform(name)) });
      if (!console.json) await console.write(`${name}\n`);
    } catch (thrown) {
      const error = asSandboxError(thrown);
      if (error.code === "cancelled") throw error;
      firstError ??= error;
      console.error(error.message);
      results.push({ name, error: error.toJSON() });
    }
  }
  if (console.json) {
    await console.printJson(firstError === undefined ? { results } : { results, error: firstError.toJSON() });
  }
  return firstError === undefined ? 0 : errorCodes[firstError.code].exitCode;
}
