import { z } from "zod";
import { SandboxError } from "../../errors/index.ts";
import { isolationLevels } from "../../runtime/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import { parseOptions } from "./parse-options.ts";

/** The names that --runtime takes. */
export const runtimeNames = ["auto", "microsandbox", "docker", "embedded"] as const;

const schema = z.object({
  runtime: z.enum(runtimeNames, { error: `one of ${runtimeNames.join(", ")}` }).optional(),
  dockerHost: z.string().min(1, { error: "an address such as unix:///var/run/docker.sock" }).optional(),
  dockerNamespace: z.string().optional(),
  minimumIsolation: z.enum(isolationLevels, { error: `one of ${isolationLevels.join(", ")}` }).optional(),
  policy: z.string().min(1, { error: "the path of a policy file" }).optional(),
  tenant: z.string().min(1).max(256).optional(),
  agent: z.string().min(1).max(256).optional(),
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
  color: z.boolean().default(true),
});

/** The options of every command. */
export type GlobalOptions = z.output<typeof schema> & { readonly runtime: (typeof runtimeNames)[number] };

/** @throws {SandboxError} invalid_argument */
export function parseGlobalOptions(raw: Readonly<Record<string, unknown>>): GlobalOptions {
  const options = parseOptions(schema, raw);
  const { runtime, dockerHost } = options;
  if (runtime === "embedded" && dockerHost !== undefined) {
    throw new SandboxError(
      "invalid_argument",
      "--docker-host means nothing to the embedded runtime; leave one out.",
      {
        data: { field: "--docker-host", value: dockerHost },
      },
    );
  }
  // Who names an engine wants that engine, and nothing weaker in its place.
  return { ...options, runtime: runtime ?? (dockerHost === undefined ? "auto" : "docker") };
}

/** What the options say about the docker runtime. */
export function dockerOptions({ dockerHost, dockerNamespace }: GlobalOptions): {
  readonly host?: string;
  readonly namespace?: string;
} {
  return {
    ...(dockerHost !== undefined && { host: dockerHost }),
    ...(dockerNamespace !== undefined && { namespace: dockerNamespace }),
  };
}

/** What the options say about the policy. */
export function policyOptions({ policy, tenant, agent }: GlobalOptions): {
  readonly policy?: { readonly file: string };
  readonly identity?: { readonly tenant?: string; readonly agent?: string };
} {
  const identity = withoutUndefined({ tenant, agent });
  return {
    ...(policy !== undefined && { policy: { file: policy } }),
    ...(Object.keys(identity).length > 0 && { identity }),
  };
}
