export { defaultImage } from "../runtime/default-image.ts";
export { AgentSandbox, type AgentSandboxOptions } from "./agent-sandbox.ts";
export { attachSandbox, type SandboxContext } from "./attach-sandbox.ts";
export { checkIsolation } from "./check-capabilities.ts";
export type { ExecOptions, SpawnOptions, StdinInput, YieldingExecOptions } from "./exec-options.ts";
export {
  type ExecFile,
  type ExecResult,
  type ExecResultFields,
  execResult,
  type RunningExec,
} from "./exec-result.ts";
export { defaultDeadlines, type OperationDeadlines } from "./operation-deadlines.ts";
export { type ReapOptions, type ReapReason, type ReapResult, reap, reapReason } from "./reap.ts";
export {
  clientFor,
  type RuntimeClientOptions,
  type RuntimeFacts,
  RuntimeSandboxClient,
} from "./runtime-client.ts";
export { type RuntimeHandleParts, RuntimeSandboxHandle } from "./runtime-handle.ts";
export { type ClientCreateOptions, type OneShotOptions, SandboxClient } from "./sandbox-client.ts";
export type {
  FolderTransferOptions,
  ReadOptions,
  SandboxFiles,
  TransferOptions,
  TransferSummary,
  WriteOptions,
} from "./sandbox-files.ts";
export { SandboxHandle } from "./sandbox-handle.ts";
export type { ListFilter, SandboxInfo, SnapshotInfo } from "./sandbox-info.ts";
export type { SandboxProcess, SandboxProcessExit } from "./sandbox-process.ts";
export type { OneShotSpec, SandboxSpec } from "./sandbox-spec.ts";
export {
  type RejectedRuntime,
  type RuntimeCandidate,
  type RuntimeSelection,
  requireRuntime,
  type SelectedRuntime,
  type SelectRuntimeOptions,
  selectRuntime,
} from "./select-runtime.ts";
