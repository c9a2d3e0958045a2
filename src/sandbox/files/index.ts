export { createSandboxFiles } from "./create-sandbox-files.ts";
