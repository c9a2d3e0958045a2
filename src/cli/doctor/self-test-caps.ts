import type { CappedResource, RuntimeCapabilities } from "../../runtime/index.ts";
import type { SandboxSpec } from "../../sandbox/index.ts";

/** The caps of a sandbox that is tested. */
export type SelfTestCaps = Pick<SandboxSpec, "memoryMib" | "pids" | "diskMib" | "openFiles">;

/** Small, so that running into them is quick; memory leaves room for the disk, which counts towards it. */
const wanted = { memoryMib: 128, pids: 48, diskMib: 16, openFiles: 256 } as const;

const resourceOf = {
  memoryMib: "memory",
  pids: "pids",
  diskMib: "disk",
  openFiles: "openFiles",
} as const satisfies Record<keyof SelfTestCaps, CappedResource>;

/** The caps to ask a runtime for: those that it enforces. */
export function selfTestCaps({ caps }: RuntimeCapabilities): SelfTestCaps {
  return Object.fromEntries(
    Object.entries(wanted).filter(([field]) => caps.includes(resourceOf[field as keyof SelfTestCaps])),
  );
}
