export type { AuditActor, AuditEvent, AuditEventType } from "./audit/audit-event.ts";
export type { AuditSink } from "./audit/audit-sink.ts";
export {
  type BundledRuntime,
  type ConnectedClient,
  type ConnectOptions,
  createSandboxClient,
} from "./connect.ts";
export {
  type ErrorCode,
  type ErrorCodeFacts,
  type ErrorData,
  errorCodes,
  isSandboxError,
  PolicyViolation,
  SandboxError,
  type SandboxErrorOptions,
  SandboxUnavailable,
  type Violation,
} from "./errors/index.ts";
export type { PolicyOptions } from "./policy/connect-policy.ts";
export type { PolicyDocument } from "./policy/document/policy-document.ts";
export type { PolicyControl } from "./policy/policy-control.ts";
export type {
  FileEntry,
  FileKind,
  FileStat,
  IsolationLevel,
  OperationOptions,
  OutputChunk,
  ProcessExit,
  ProgressEvent,
  RuntimeCapabilities,
  SandboxRecord,
  SandboxRuntime,
  SandboxStats,
  SandboxStatus,
  SnapshotOptions,
} from "./runtime/index.ts";
export type { AgentSandboxOptions } from "./sandbox/agent-sandbox.ts";
export { attachSandbox, type SandboxContext } from "./sandbox/attach-sandbox.ts";
export type { ExecOptions, SpawnOptions, StdinInput, YieldingExecOptions } from "./sandbox/exec-options.ts";
export {
  type ExecFile,
  type ExecResult,
  type ExecResultFields,
  execResult,
  type RunningExec,
} from "./sandbox/exec-result.ts";
export type { ReapOptions, ReapReason, ReapResult } from "./sandbox/reap.ts";
export type { RuntimeFacts } from "./sandbox/runtime-client.ts";
export { type ClientCreateOptions, type OneShotOptions, SandboxClient } from "./sandbox/sandbox-client.ts";
export type {
  FolderTransferOptions,
  ReadOptions,
  SandboxFiles,
  TransferOptions,
  TransferSummary,
  WriteOptions,
} from "./sandbox/sandbox-files.ts";
export { SandboxHandle } from "./sandbox/sandbox-handle.ts";
export type { ListFilter, SandboxInfo, SnapshotInfo } from "./sandbox/sandbox-info.ts";
export type { SandboxProcess, SandboxProcessExit } from "./sandbox/sandbox-process.ts";
export type { OneShotSpec, SandboxSpec } from "./sandbox/sandbox-spec.ts";
export type { RejectedRuntime, RuntimeSelection } from "./sandbox/select-runtime.ts";
