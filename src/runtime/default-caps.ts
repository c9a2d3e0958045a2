import type { ResourceCaps } from "./runtime-spec.ts";

/** The caps of a sandbox that asks for none, where neither runtime nor policy says otherwise. */
export const defaultCaps: ResourceCaps = Object.freeze({
  memoryMib: 512,
  cpus: 1,
  pids: 256,
  diskMib: 256,
  openFiles: 1024,
});
