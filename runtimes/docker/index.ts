export { dockerCapabilities } from "./capabilities.ts";
export type { DockerRuntimeOptions } from "./docker-options.ts";
export { dockerRuntime } from "./docker-runtime.ts";
