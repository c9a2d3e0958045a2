import { z } from "zod";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { withSharedClient } from "../open-client.ts";
import { wholeNumber } from "../options/number-options.ts";
import { parseOptions } from "../options/parse-options.ts";
import { unlessAborted } from "../unless-aborted.ts";

/** What `logs` was given. */
export interface LogsInput {
  readonly name: string;
  readonly options: RawOptions;
}

const schema = z.object({
  tail: wholeNumber("a number of lines").optional(),
  follow: z.boolean().default(false),
});

/** `logs`: what was run in a sandbox and what it printed. */
export async function logs(context: ActionContext, { name, options }: LogsInput): Promise<number> {
  const { console, signal } = context;
  const { tail, follow } = parseOptions(schema, options);
  return await withSharedClient(context, async (client) => {
    const sandbox = await client.get(name, { signal });
    if (follow) {
      for await (const text of sandbox.followLogs(withoutUndefined({ tail, signal }))) {
        await (console.json ? console.printJson({ text }) : console.write(text));
      }
      return 0;
    }
    const text = await unlessAborted(signal, sandbox.logs(withoutUndefined({ tail })));
    await (console.json ? console.printJson({ name, text }) : console.write(text));
    return 0;
  });
}
