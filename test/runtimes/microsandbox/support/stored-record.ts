import { newRecord, type StoredRecord } from "../../../../runtimes/microsandbox/labels.ts";
import type { RuntimeSpec } from "../../../../src/runtime/index.ts";

/** The record of a sandbox that nobody has made. */
export function storedRecord(over: Partial<RuntimeSpec> = {}): StoredRecord {
  return newRecord({
    name: "box",
    image: "python:3.11-slim",
    caps: { memoryMib: 64, cpus: 0.5, pids: 16, diskMib: 16, openFiles: 64 },
    env: { GREETING: "héllo\n" },
    labels: { "any key": "any \u0000 'value'" },
    profile: "restricted",
    ...over,
  });
}
