import { z } from "zod";
import { parseRuntimeOptions } from "../../src/runtime/index.ts";

/** Options of {@link embeddedRuntime}. */
export interface EmbeddedRuntimeOptions {
  /** Whether the commands `python` and `python3` exist. @default true */
  readonly python?: boolean;
  /** Whether the command `js-exec` exists. @default true */
  readonly javascript?: boolean;
  /** Commands of one sandbox that run at once, each in a thread of its own; more wait for their turn. 1 to 64. @default 8 */
  readonly maxConcurrentCommands?: number;
}

const schema = z.strictObject({
  python: z.boolean().default(true),
  javascript: z.boolean().default(true),
  maxConcurrentCommands: z.int().min(1).max(64).default(8),
});

/** The options, checked and complete. */
export type ResolvedEmbeddedOptions = Readonly<z.output<typeof schema>>;

/** @throws {SandboxError} invalid_argument */
export function parseEmbeddedOptions(options: EmbeddedRuntimeOptions): ResolvedEmbeddedOptions {
  return parseRuntimeOptions("embeddedRuntime", schema, options);
}
