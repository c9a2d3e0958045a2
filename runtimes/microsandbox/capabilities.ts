import { defineCapabilities } from "../../src/runtime/index.ts";

/** What a microVM can do and enforce. */
export const microsandboxCapabilities = defineCapabilities({
  isolation: "microvm",
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
  snapshots: true,
  hostImages: true,
});
