import { z } from "zod";
import type { OneShotSpec } from "../../sandbox/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { RawOptions } from "../action.ts";
import { parseEnvironment, parseLabels } from "./assignments.ts";
import { positiveNumber, wholeNumber } from "./number-options.ts";
import { parseOptions } from "./parse-options.ts";

const schema = z.object({
  image: z.string().min(1, { error: "an image reference" }).optional(),
  snapshot: z.string().min(1, { error: "a snapshot's name" }).optional(),
  memory: wholeNumber("a size in MiB").optional(),
  cpus: positiveNumber("a number of cores").optional(),
  pids: wholeNumber("a number of processes").optional(),
  disk: wholeNumber("a size in MiB").optional(),
  openFiles: wholeNumber("a number of open files").optional(),
  profile: z.enum(["restricted", "root"], { error: "one of restricted, root" }).optional(),
  env: z.array(z.string()).readonly().optional(),
  egress: z.array(z.string()).readonly().optional(),
  secret: z.array(z.string()).readonly().optional(),
  label: z.array(z.string()).readonly().optional(),
});

/** The options of declareSandboxOptions as a spec; what was not given is left to the defaults of the library. */
export function parseSandboxOptions(raw: RawOptions): OneShotSpec {
  const { memory, disk, env, label, secret, ...rest } = parseOptions(schema, raw);
  return withoutUndefined({
    ...rest,
    memoryMib: memory,
    diskMib: disk,
    secrets: secret,
    env: env && parseEnvironment(env),
    labels: label && parseLabels(label),
  });
}
