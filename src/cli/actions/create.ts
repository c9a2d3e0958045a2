import { randomBytes } from "node:crypto";
import { z } from "zod";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { withSharedClient } from "../open-client.ts";
import { durationFormat, parseDuration } from "../options/duration.ts";
import { parseOptions } from "../options/parse-options.ts";
import { parseSandboxOptions } from "../options/sandbox-options.ts";

/** What `create` was given. */
export interface CreateInput {
  readonly name: string | undefined;
  readonly options: RawOptions;
}

const schema = z.object({
  ttl: z
    .string()
    .default("1h")
    .transform(parseDuration)
    .refine((value) => value !== undefined, { error: durationFormat }),
});

/** `create`: a sandbox that lives on. */
export async function create(context: ActionContext, { name, options: raw }: CreateInput): Promise<number> {
  const { console, globals, signal } = context;
  const { ttl: ttlMs } = parseOptions(schema, raw);
  const spec = withoutUndefined({
    ...parseSandboxOptions(raw),
    name: name ?? `box-${randomBytes(4).toString("hex")}`,
    minimumIsolation: globals.minimumIsolation,
    ttlMs,
    detached: true,
  });
  return await withSharedClient(context, async (client) => {
    const sandbox = await client.create(spec, { signal, onProgress: console.onProgress });
    if (console.json) await console.printJson(await sandbox.info());
    else await console.write(`${sandbox.name}\n`);
    return 0;
  });
}
