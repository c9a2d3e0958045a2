import type { ActionContext } from "../action.ts";
import { forEachName } from "../for-each-name.ts";
import { withSharedClient } from "../open-client.ts";

/** `snapshot rm`: removes snapshots; one that does not exist is worth a notice, so that a slip of the keyboard is seen. */
export async function removeSnapshots(
  context: ActionContext,
  { names }: { readonly names: readonly string[] },
): Promise<number> {
  const { console, signal } = context;
  return await withSharedClient(context, async (client) => {
    const present = new Set((await client.listSnapshots({ signal })).map(({ name }) => name));
    return await forEachName(context, names, async (name) => {
      const existed = present.has(name);
      if (!existed) console.note(`there was no snapshot named ${JSON.stringify(name)}`);
      await client.removeSnapshot(name, { signal });
      return { removed: existed };
    });
  });
}
