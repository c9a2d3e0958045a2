import { z } from "zod";
import { type IsolationLevel, isolationLevels, type SandboxRuntime } from "../../runtime/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import { abortSignal, oneOf } from "./fields.ts";
import { parseArgument } from "./parse-argument.ts";
import { imageName } from "./parse-spec.ts";

/** What connecting a client needs, whatever the runtimes are called. */
export interface ParsedConnectOptions<Name extends string> {
  readonly runtime?: Name | "auto" | SandboxRuntime;
  readonly minimumIsolation?: IsolationLevel;
  readonly image?: string;
  readonly signal?: AbortSignal;
}

/**
 * Options of connecting a client to one of the runtimes of these names, each of which has a field for its own options that is
 * left to the runtime. @throws {SandboxError} invalid_argument
 */
export function parseConnectOptions<Name extends string>(
  options: unknown,
  names: readonly Name[],
): ParsedConnectOptions<Name> {
  const listed = ["auto", ...names].map((name) => JSON.stringify(name)).join(", ");
  const isChoice = (value: unknown) => value === "auto" || names.includes(value as Name) || isRuntime(value);
  const schema = z.strictObject(
    {
      runtime: z.custom(isChoice, `must be ${listed}, or a SandboxRuntime`).optional(),
      minimumIsolation: oneOf(isolationLevels).optional(),
      image: imageName().optional(),
      signal: abortSignal().optional(),
      // What these hold is checked where it is read.
      policy: z.unknown().optional(),
      identity: z.unknown().optional(),
      audit: z.unknown().optional(),
      validators: z.unknown().optional(),
      ...Object.fromEntries(names.map((name) => [name, z.unknown().optional()])),
    },
    "must be an object",
  );
  const parsed = parseArgument(
    schema,
    { name: "ConnectOptions", secret: [...names, "policy", "audit", "validators"] },
    options,
  );
  return withoutUndefined(parsed) as ParsedConnectOptions<Name>;
}

function isRuntime(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { name, capabilities, probe, create } = value as Partial<SandboxRuntime>;
  const hasMethods = typeof probe === "function" && typeof create === "function";
  return typeof name === "string" && typeof capabilities === "object" && hasMethods;
}
