import { isSandboxError } from "../../errors/index.ts";
import type { SandboxClient } from "../../sandbox/index.ts";
import type { ActionContext } from "../action.ts";
import { forEachName } from "../for-each-name.ts";
import { withSharedClient } from "../open-client.ts";

/** `rm`: removes sandboxes; one that does not exist is worth a notice, so that a slip of the keyboard is seen. */
export async function remove(
  context: ActionContext,
  { names }: { readonly names: readonly string[] },
): Promise<number> {
  return await withSharedClient(context, (client) =>
    forEachName(context, names, async (name) => {
      const existed = await exists(client, name, context.signal);
      if (!existed) context.console.note(`there was no sandbox named ${JSON.stringify(name)}`);
      await client.remove(name, { signal: context.signal });
      return { removed: existed };
    }),
  );
}

async function exists(client: SandboxClient, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.get(name, { signal });
    return true;
  } catch (error) {
    if (isSandboxError(error, "not_found")) return false;
    if (isSandboxError(error, "sandbox_lost")) return true;
    throw error;
  }
}
