import { SandboxError } from "../errors/index.ts";
import { type CapabilityName, capabilityTable } from "./capabilities.ts";

/** The refusal of what a runtime cannot do or enforce: code `unsupported`, `data.capability` names it. */
export function unsupported(runtime: string, capability: CapabilityName, asked: string): SandboxError {
  const { without } = capabilityTable[capability];
  return new SandboxError(
    "unsupported",
    `The ${runtime} runtime lacks the capability "${capability}", which ${asked} needs. ${without}`,
    { data: { runtime, capability } },
  );
}
