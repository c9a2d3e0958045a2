import { z } from "zod";
import { parseRuntimeOptions } from "../../src/runtime/index.ts";

/** Options of {@link microsandboxRuntime}. */
export interface MicrosandboxRuntimeOptions {
  /**
   * Keeps the sandboxes of several platforms on one machine apart; part of every microVM's name.
   * @default "ctx-sandbox"
   */
  readonly namespace?: string;
  /** Pull an image that is not there: when it is missing, never, or look for a newer one every time. @default "missing" */
  readonly pull?: "missing" | "never" | "always";
  /**
   * Folders of this machine, as absolute paths, in which images may lie that are named `folder:/…`, `disk:/…` or `archive:/…`.
   * @default none
   */
  readonly hostImages?: readonly string[];
  /**
   * Memory of the microVM itself, its kernel and its agent, in MiB, beside the cap of the sandbox. From 48 to 1024.
   * @default 96
   */
  readonly overheadMib?: number;
}

const schema = z.strictObject({
  namespace: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "must match [a-z0-9][a-z0-9-]{0,31}")
    .default("ctx-sandbox"),
  pull: z.enum(["missing", "never", "always"]).default("missing"),
  hostImages: z.array(z.string().regex(/^\//, "must be absolute paths")).readonly().default([]),
  overheadMib: z.int().min(48).max(1024).default(96),
});

/** The options, checked and complete. */
export type ResolvedMicrosandboxOptions = Readonly<z.output<typeof schema>>;

/** @throws {SandboxError} invalid_argument */
export function parseMicrosandboxOptions(options: MicrosandboxRuntimeOptions): ResolvedMicrosandboxOptions {
  return parseRuntimeOptions("microsandboxRuntime", schema, options);
}
