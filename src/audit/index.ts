export { asciiJson } from "./ascii-json.ts";
export {
  type AuditActor,
  type AuditEvent,
  type AuditEventType,
  type AuditOutcome,
  type AuditSeverity,
  auditEventTypes,
} from "./audit-event.ts";
export type { AuditEntry, AuditLog } from "./audit-log.ts";
export type { AuditSink } from "./audit-sink.ts";
export { type AuditLogOptions, createAuditLog } from "./create-audit-log.ts";
export type { FailureListener } from "./failure-notice.ts";
export type { AuditFilter } from "./query/audit-filter.ts";
export type { AuditReadOptions, AuditRecord, AuditSource } from "./query/audit-source.ts";
export { type AuditStatistics, auditStatistics } from "./query/audit-statistics.ts";
export type {
  AuditProblem,
  AuditProblemKind,
  AuditProof,
  AuditVerification,
} from "./query/audit-verification.ts";
export { fileSource } from "./query/file-source.ts";
export { type AuditPage, type AuditQuery, queryAudit } from "./query/query-audit.ts";
export { type TailAuditOptions, tailAudit } from "./query/tail-audit.ts";
export { type VerifyAuditOptions, verifyAudit } from "./query/verify-audit.ts";
export { type AuditArgument, describeArgument, shapeOf } from "./shape-of.ts";
export { type FanOutOptions, fanOut } from "./sinks/fan-out.ts";
export { type FileSinkOptions, fileSink } from "./sinks/file-sink.ts";
export { type FunctionSinkOptions, functionSink } from "./sinks/function-sink.ts";
export { type MemorySink, type MemorySinkOptions, memorySink } from "./sinks/memory-sink.ts";
export { type StdoutSinkOptions, stdoutSink } from "./sinks/stdout-sink.ts";
