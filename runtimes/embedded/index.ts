export type { EmbeddedRuntimeOptions } from "./embedded-options.ts";
export { embeddedRuntime } from "./embedded-runtime.ts";
