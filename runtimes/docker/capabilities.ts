import { defineCapabilities } from "../../src/runtime/index.ts";

/** What Docker with runc can do and enforce. */
export const dockerCapabilities = defineCapabilities({
  isolation: "container",
  egress: ["none", "gateway"],
  caps: ["memory", "cpus", "pids", "disk", "openFiles"],
  images: true,
  users: true,
  languages: "image",
  streaming: true,
  interactiveStdin: true,
  backgroundProcesses: true,
  signals: true,
  exactBytes: true,
  logs: true,
  stats: true,
  takeOver: true,
  outlivesOwner: true,
  writePaths: true,
});
