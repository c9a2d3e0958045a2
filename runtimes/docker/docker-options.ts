import { z } from "zod";
import { parseRuntimeOptions } from "../../src/runtime/index.ts";

/** Options of {@link dockerRuntime}. */
export interface DockerRuntimeOptions {
  /**
   * Address of the engine: `unix:///path`, `tcp://host:port`, `ssh://user@host` or `npipe:////./pipe/name`.
   * @default DOCKER_HOST, else the current docker context, else the first usual socket of Docker or Podman that is there
   */
  readonly host?: string;
  /**
   * Keeps the sandboxes of several platforms on one engine apart; part of every container's name.
   * @default "ctx-sandbox"
   */
  readonly namespace?: string;
  /** Pull an image that the engine does not have. @default "missing" */
  readonly pull?: "missing" | "never";
  /**
   * An image with python3, from which a sandbox with egress gets its forwarder when its own image has none.
   * @default "python:3.11-slim"
   */
  readonly egressImage?: string;
}

const schema = z.strictObject({
  host: z
    .string()
    .regex(
      /^(unix|tcp|http|https|ssh|npipe):\/\/.+/,
      "must be unix://, tcp://, http(s)://, ssh:// or npipe://",
    )
    .optional(),
  namespace: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "must match [a-z0-9][a-z0-9-]{0,31}")
    .default("ctx-sandbox"),
  pull: z.enum(["missing", "never"]).default("missing"),
  egressImage: z.string().min(1).max(512).default("python:3.11-slim"),
});

/** The options, checked and complete but for the host, which is looked for at first use. */
export type ResolvedDockerOptions = Readonly<z.output<typeof schema>>;

/** @throws {SandboxError} invalid_argument */
export function parseDockerOptions(options: DockerRuntimeOptions): ResolvedDockerOptions {
  return parseRuntimeOptions("dockerRuntime", schema, options);
}
