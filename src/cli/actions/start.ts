import type { ActionContext } from "../action.ts";
import { forEachName } from "../for-each-name.ts";
import { withSharedClient } from "../open-client.ts";
import { unlessAborted } from "../unless-aborted.ts";

/** `start`: makes stopped sandboxes run again. */
export async function start(
  context: ActionContext,
  { names }: { readonly names: readonly string[] },
): Promise<number> {
  return await withSharedClient(context, (client) =>
    forEachName(context, names, async (name) => {
      const sandbox = await client.get(name, { signal: context.signal });
      await unlessAborted(context.signal, sandbox.start());
      return { status: "running" };
    }),
  );
}
