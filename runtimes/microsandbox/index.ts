export type { MicrosandboxRuntimeOptions } from "./microsandbox-options.ts";
export { microsandboxRuntime } from "./microsandbox-runtime.ts";
