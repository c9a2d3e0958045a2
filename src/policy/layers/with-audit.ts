import type { AuditLog } from "../../audit/audit-log.ts";
import type {
  RuntimeCommand,
  RuntimeSandbox,
  RuntimeSnapshots,
  SandboxRuntime,
  SnapshotRecord,
} from "../../runtime/index.ts";
import { passThrough } from "../../util/pass-through.ts";
import { auditProcess } from "./audit-process.ts";
import { auditWrite } from "./audit-write.ts";
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
 * is possible (a new sandbox is removed, a new command killed), and answered with `audit_unavailable` in any case. To end a sandbox is
 * never held up: a log that fails must not keep anything alive.
 *
 * `between` puts the other layers between it and the runtime: below them, commands are recorded as started, which those that a layer
 * refuses are not.
 */
export function withAudit(
  inner: SandboxRuntime,
  audit: AuditLog,
  between: (runtime: SandboxRuntime) => SandboxRuntime = (runtime) => runtime,
): SandboxRuntime {
  const recorder = new OperationRecorder(audit);
  const runtime = between(withStarts(inner, audit, recorder));
  return overRuntime(runtime, {
    create: async (spec, options) => {
      const detail = { request: describeSpec(spec) };
      const entry = { type: "sandbox.created", sandbox: spec.name, detail } as const;
      const undo = (made: RuntimeSandbox) => made.destroy();
      const sandbox = await recorder.around(entry, () => runtime.create(spec, options), { undo });
      return auditSandbox(sandbox, audit, recorder, runtime.snapshots);
    },
    attach: async (name, options) => {
      const entry = { type: "sandbox.attached", sandbox: name } as const;
      const sandbox = await recorder.around(entry, () => runtime.attach(name, options));
      return auditSandbox(sandbox, audit, recorder, runtime.snapshots);
    },
    list: (options) => recorder.around({ type: "sandbox.listed" }, () => runtime.list(options)),
    ...(runtime.snapshots && { snapshots: auditSnapshots(runtime.snapshots, recorder) }),
  });
}

function auditSandbox(
  inner: RuntimeSandbox,
  audit: AuditLog,
  recorder: OperationRecorder,
  snapshots: RuntimeSnapshots | undefined,
): RuntimeSandbox {
  const sandbox = inner.name;
  const { snapshot } = inner;
  const around = <T>(entry: Omit<OperationEntry, "sandbox">, call: () => Promise<T>) =>
    recorder.around({ ...entry, sandbox }, call);
  const ending = (entry: Omit<OperationEntry, "sandbox">, call: () => Promise<void>) =>
    recorder.around({ ...entry, sandbox }, call, { isHeldUp: false });
  const describe = (path: string) => describePath(path, audit.arguments);

  return overSandbox(inner, {
    files: overFiles(inner.files, (operation, path, call) =>
      around({ type: fileEvents[operation], detail: { operation, path: describe(path) } }, call),
    ),
    spawn: async (command, options) => {
      await recorder.ready();
      const startedAt = performance.now();
      const entry = () => spawnEntry(sandbox, command, audit.arguments);
      const process = await inner.spawn(command, options).catch(async (error: unknown) => {
        await recorder.failed(entry(), error, performance.now() - startedAt);
        throw error;
      });
      if (command.writes !== undefined) return auditWrite(process, entry(), recorder);
      return auditProcess(sandbox, process, recorder, startedAt);
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
      ending({ type: "sandbox.stopped", detail: { graceMs: options.graceMs } }, () => inner.stop(options)),
    kill: (options) => ending({ type: "sandbox.stopped", detail: { graceMs: 0 } }, () => inner.kill(options)),
    start: (options) => around({ type: "sandbox.started" }, () => inner.start(options)),
    destroy: (options) => ending({ type: "sandbox.removed" }, () => inner.destroy(options)),
    extend: (expiresAt) =>
      around({ type: "sandbox.extended", detail: { expiresAt: expiresAt.toISOString() } }, () =>
        inner.extend(expiresAt),
      ),
    ...(snapshot && {
      snapshot: (name, options) => {
        const undo = async (taken: SnapshotRecord) => await snapshots?.remove(taken);
        const entry = { type: "snapshot.created", sandbox, detail: { snapshot: name } } as const;
        return recorder.around(entry, () => snapshot.call(inner, name, options), { undo });
      },
    }),
  });
}

function auditSnapshots(inner: RuntimeSnapshots, recorder: OperationRecorder): RuntimeSnapshots {
  return {
    list: (options) => recorder.around({ type: "snapshot.listed" }, () => inner.list(options)),
    find: (name, options) =>
      recorder.around({ type: "snapshot.listed", detail: { snapshot: name } }, () =>
        inner.find(name, options),
      ),
    remove: (snapshot, options) => {
      const entry = { type: "snapshot.removed", detail: { snapshot: snapshot.name } } as const;
      return recorder.around(entry, () => inner.remove(snapshot, options), { isHeldUp: false });
    },
  };
}

/** What a command is in the log: one of the library's own that writes a file is the write. */
function spawnEntry(sandbox: string, command: RuntimeCommand, extent: AuditLog["arguments"]) {
  const { writes } = command;
  if (writes === undefined)
    return { type: "exec.started", sandbox, detail: describeCommand(command, extent) } as const;
  return {
    type: "file.written",
    sandbox,
    detail: { operation: "write", path: describePath(writes, extent) },
  } as const;
}

/** Records each start of a command beside the start itself. One whose start cannot be recorded is killed before anybody gets it. */
function withStarts(runtime: SandboxRuntime, audit: AuditLog, recorder: OperationRecorder): SandboxRuntime {
  const starting = (sandbox: RuntimeSandbox): RuntimeSandbox =>
    overSandbox(sandbox, {
      spawn: async (command, options) => {
        if (command.writes !== undefined) return await sandbox.spawn(command, options);
        const detail = describeCommand(command, audit.arguments);
        const recorded = recorder.record({ type: "exec.started", sandbox: sandbox.name, detail });
        return await spawnWhile(recorded, () => sandbox.spawn(command, options));
      },
    });
  return overRuntime(runtime, {
    create: async (spec, options) => starting(await runtime.create(spec, options)),
    attach: async (name, options) => starting(await runtime.attach(name, options)),
  });
}
