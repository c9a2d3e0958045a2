import type { AuditEntry, AuditLog } from "../../../src/audit/audit-log.ts";
import { SandboxError } from "../../../src/errors/index.ts";
import type { OutputChunk, RuntimeCommand, RuntimeProcess, RuntimeSpec } from "../../../src/runtime/index.ts";

/** An audit log that remembers, and that can be made to fail. */
export class RecordingLog implements AuditLog {
  readonly required: boolean;
  readonly arguments: "shape" | "full";
  readonly entries: AuditEntry[] = [];
  isBroken = false;

  constructor(options: { readonly required?: boolean; readonly arguments?: "shape" | "full" } = {}) {
    this.required = options.required ?? true;
    this.arguments = options.arguments ?? "shape";
  }

  async record(entry: AuditEntry): Promise<void> {
    if (this.isBroken) throw new SandboxError("audit_unavailable", "The disk is full.");
    this.entries.push(entry);
  }

  get types(): string[] {
    return this.entries.map(({ type, outcome = "ok" }) => (outcome === "ok" ? type : `${type} ${outcome}`));
  }

  of(type: AuditEntry["type"]): AuditEntry[] {
    return this.entries.filter((entry) => entry.type === type);
  }
}

export const spec: RuntimeSpec = {
  name: "box",
  image: "python:3.11-slim",
  caps: { memoryMib: 64, cpus: 1, pids: 32, diskMib: 16, openFiles: 64 },
  env: {},
  labels: {},
  profile: "restricted",
};

export function command(...argv: [string, ...string[]]): RuntimeCommand {
  return { argv, env: {}, cwd: "/workspace", stdin: "none" };
}

export async function textOf(process: RuntimeProcess): Promise<string> {
  const chunks: OutputChunk[] = [];
  for await (const chunk of process.output) chunks.push(chunk);
  return Buffer.concat(chunks.map(({ data }) => data)).toString();
}
