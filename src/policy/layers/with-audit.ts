import type { AuditLog } from "../../audit/audit-log.ts";
import type { RuntimeCommand, RuntimeProcess, RuntimeSandbox, SandboxRuntime } from "../../runtime/index.ts";
import { passThrough } from "../../util/pass-through.ts";
import { auditProcess } from "./audit-process.ts";
import { describeCommand, describePath, describeSpec } from "./describe-request.ts";
import { type OperationEntry, OperationRecorder } from "./operation-recorder.ts";
import { overFiles, overRuntime, overSandbox } from "./over-runtime.ts";
import { spawnWhile } from "./spawn-while.ts";

const fileEvents = {
  stat: "file.read",
  list: "file.read",
  makeDirectory: "file.written",
  rename: "file.written",
  remove: "file.removed",
} as const;

/**
 * Tells the audit log of every operation and how it ended. It is the outermost layer, so it sees what the others refuse. Where the
 * log is required and cannot be written, nothing is done until it can. What was under way when the log failed is undone where that
 * is possible (a new sandbox is removed, a new command killed), and answered with `audit_unavailable` in any case.
 */
export function withAudit(runtime: SandboxRuntime, audit: AuditLog): SandboxRuntime {
  const recorder = new OperationRecorder(audit);
  return overRuntime(runtime, {
    create: async (spec, options) => {
      const detail = { request: describeSpec(spec) };
      const entry = { type: "sandbox.created", sandbox: spec.name, detail } as const;
      const undo = (made: RuntimeSandbox) => made.destroy();
      const sandbox = await recorder.around(entry, () => runtime.create(spec, options), { undo });
      return auditSandbox(sandbox, audit, recorder);
    },
    attach: async (name, options) => {
      const entry = { type: "sandbox.attached", sandbox: name } as const;
      const sandbox = await recorder.around(entry, () => runtime.attach(name, options));
      return auditSandbox(sandbox, audit, recorder);
    },
    list: (options) => recorder.around({ type: "sandbox.listed" }, () => runtime.list(options)),
  });
}

function auditSandbox(inner: RuntimeSandbox, audit: AuditLog, recorder: OperationRecorder): RuntimeSandbox {
  const sandbox = inner.name;
  const around = <T>(entry: Omit<OperationEntry, "sandbox">, call: () => Promise<T>) =>
    recorder.around({ ...entry, sandbox }, call);
  const describe = (path: string) => describePath(path, audit.arguments);

  return overSandbox(inner, {
    files: overFiles(inner.files, (operation, path, call) =>
      around({ type: fileEvents[operation], detail: { operation, path: describe(path) } }, call),
    ),
    spawn: async (command, options) => {
      await recorder.ready();
      return await auditedSpawn(inner, command, () => inner.spawn(command, options), { audit, recorder });
    },
    tarIn: async (directory, archive, options) => {
      let bytes = 0;
      const counted = passThrough(archive, (data) => {
        bytes += data.length;
        return data;
      });
      const entry = {
        type: "archive.uploaded",
        detail: () => ({ path: describe(directory), bytes }),
      } as const;
      await around(entry, () => inner.tarIn(directory, counted, options));
    },
    tarOut: (path, options) => {
      const entry = { type: "archive.downloaded", sandbox, detail: { path: describe(path) } } as const;
      return recorder.read(entry, inner.tarOut(path, options));
    },
    logs: (options) => recorder.read({ type: "logs.read", sandbox }, inner.logs(options)),
    stop: (options) =>
      around({ type: "sandbox.stopped", detail: { graceMs: options.graceMs } }, () => inner.stop(options)),
    kill: (options) => around({ type: "sandbox.stopped", detail: { graceMs: 0 } }, () => inner.kill(options)),
    start: (options) => around({ type: "sandbox.started" }, () => inner.start(options)),
    destroy: (options) => around({ type: "sandbox.removed" }, () => inner.destroy(options)),
    extend: (expiresAt) =>
      around({ type: "sandbox.extended", detail: { expiresAt: expiresAt.toISOString() } }, () =>
        inner.extend(expiresAt),
      ),
  });
}

/** Starts a command while its start is recorded. One whose start cannot be recorded is killed before anybody gets it. */
async function auditedSpawn(
  { name }: RuntimeSandbox,
  command: RuntimeCommand,
  spawn: () => Promise<RuntimeProcess>,
  { audit, recorder }: { readonly audit: AuditLog; readonly recorder: OperationRecorder },
): Promise<RuntimeProcess> {
  const startedAt = performance.now();
  const entry = {
    type: "exec.started",
    sandbox: name,
    detail: describeCommand(command, audit.arguments),
  } as const;
  const process = await spawnWhile(recorder.record(entry), spawn).catch(async (error: unknown) => {
    await recorder.failed(entry, error, performance.now() - startedAt);
    throw error;
  });
  return auditProcess(name, process, recorder, startedAt);
}
