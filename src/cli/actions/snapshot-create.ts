import { z } from "zod";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { withSharedClient } from "../open-client.ts";
import { parseLabels } from "../options/assignments.ts";
import { parseOptions } from "../options/parse-options.ts";

/** What `snapshot create` was given. */
export interface TakeSnapshotInput {
  readonly sandbox: string;
  readonly name: string;
  readonly options: RawOptions;
}

const schema = z.object({ label: z.array(z.string()).readonly().optional() });

/** `snapshot create`: saves the files of a sandbox. */
export async function takeSnapshot(
  context: ActionContext,
  { sandbox: from, name, options }: TakeSnapshotInput,
): Promise<number> {
  const { console, signal } = context;
  const { label } = parseOptions(schema, options);
  return await withSharedClient(context, async (client) => {
    const sandbox = await client.get(from, { signal });
    const labels = label && parseLabels(label);
    const snapshot = await sandbox.snapshot(name, withoutUndefined({ labels, signal }));
    if (console.json) await console.printJson(snapshot);
    else await console.write(`${snapshot.name}\n`);
    return 0;
  });
}
