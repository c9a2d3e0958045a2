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
  namespace: z.string().optional(),
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
  if (runtime !== undefined && runtime !== "auto" && runtime !== "docker" && dockerHost !== undefined) {
    throw new SandboxError(
      "invalid_argument",
      `--docker-host means nothing to the ${runtime} runtime; leave one out.`,
      {
        data: { field: "--docker-host", value: dockerHost },
      },
    );
  }
  // Who names an engine wants that engine, and nothing weaker in its place.
  return { ...options, runtime: runtime ?? (dockerHost === undefined ? "auto" : "docker") };
}

/** What the options say about the runtimes. */
export function runtimeOptions({ dockerHost, namespace }: GlobalOptions): {
  readonly docker: { readonly host?: string; readonly namespace?: string };
  readonly microsandbox: { readonly namespace?: string };
} {
  const shared = { ...(namespace !== undefined && { namespace }) };
  return {
    docker: { ...(dockerHost !== undefined && { host: dockerHost }), ...shared },
    microsandbox: shared,
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
