import { z } from "zod";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { forEachName } from "../for-each-name.ts";
import { withSharedClient } from "../open-client.ts";
import { secondsAsMs } from "../options/number-options.ts";
import { parseOptions } from "../options/parse-options.ts";
import { unlessAborted } from "../unless-aborted.ts";

/** What `stop` was given. */
export interface StopInput {
  readonly names: readonly string[];
  readonly options: RawOptions;
}

const schema = z.object({ grace: secondsAsMs().optional() });

/** `stop`: ends the processes of sandboxes. */
export async function stop(context: ActionContext, { names, options }: StopInput): Promise<number> {
  const { grace: graceMs } = parseOptions(schema, options);
  return await withSharedClient(context, (client) =>
    forEachName(context, names, async (name) => {
      const sandbox = await client.get(name, { signal: context.signal });
      await unlessAborted(context.signal, sandbox.stop(withoutUndefined({ graceMs })));
      return { status: "stopped" };
    }),
  );
}
