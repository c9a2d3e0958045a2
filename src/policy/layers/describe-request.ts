import { posix } from "node:path";
import type { RuntimeCommand, RuntimeSpec } from "../../runtime/index.ts";

type Extent = "shape" | "full";

/** A request to create a sandbox, for the audit log: never the values of its environment. */
export function describeSpec(spec: RuntimeSpec): Readonly<Record<string, unknown>> {
  const { image, snapshot, caps, env, profile, egress = [], secrets = [], expiresAt, owner } = spec;
  return {
    image,
    ...(snapshot !== undefined && { snapshot }),
    caps,
    profile,
    envNames: Object.keys(env),
    egress,
    secrets,
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    detached: owner === undefined,
  };
}

/** A command, for the audit log: as its shape, or with its arguments. Never the values of its environment. */
export function describeCommand(command: RuntimeCommand, extent: Extent): Readonly<Record<string, unknown>> {
  const { argv, cwd, user, env, stdin } = command;
  const [program, ...args] = argv;
  const argumentBytes = args.reduce((sum, argument) => sum + Buffer.byteLength(argument), 0);
  return {
    program: extent === "full" ? program : posix.basename(program),
    ...(extent === "full" ? { arguments: args } : { argumentCount: args.length, argumentBytes }),
    ...(extent === "full" && { cwd }),
    ...(user !== undefined && { user }),
    ...(Object.keys(env).length > 0 && { envNames: Object.keys(env) }),
    ...(stdin === "pipe" && { stdin }),
  };
}

/** A path, for the audit log: whole, or its depth and the ending of its name. */
export function describePath(path: string, extent: Extent): unknown {
  if (extent === "full") return path;
  return { depth: path.split("/").filter(Boolean).length, extension: posix.extname(path).slice(0, 16) };
}
