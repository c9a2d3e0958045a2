export {
  type BaseRecord,
  expiryOf,
  isBaseRecord,
  isRecordId,
  newBaseRecord,
  type RecordMarks,
  sandboxRecordOf,
} from "./base-record.ts";
export {
  type CapabilityFacts,
  type CapabilityName,
  type CappedResource,
  capabilityTable,
  defineCapabilities,
  type EgressMode,
  type RuntimeCapabilities,
} from "./capabilities.ts";
export { certificateBundlePath, certificateFolder, writeCertificateBundle } from "./certificate-bundle.ts";
export { defaultCaps } from "./default-caps.ts";
export { defaultImage } from "./default-image.ts";
export { removedEgressVariables, withEgressEnvironment } from "./egress-environment.ts";
export type { EgressGateway, EgressTarget, GatewayRequest, GatewayResponse } from "./egress-gateway.ts";
export {
  egressNameServer,
  egressSearchDomain,
  hostsFile,
  resolverFile,
} from "./egress-name-service.ts";
export { proxyVariableNames, trustVariableNames } from "./egress-variables.ts";
export { type HostImage, hostImage, hostImageKinds, hostPathProblem } from "./host-image.ts";
export { type IsolationLevel, isIsolationAtLeast, isolationLevels } from "./isolation.ts";
export type { LogEntry } from "./log-entry.ts";
export { LogWriter } from "./log-writer.ts";
export type { OutputFilter } from "./output-filter.ts";
export type { Owner } from "./owner.ts";
export { type OptionsSchema, parseRuntimeOptions } from "./parse-runtime-options.ts";
export {
  type PosixFailure,
  type PosixRun,
  type PosixWriteOptions,
  posixAppend,
  posixError,
  posixFiles,
  posixTarIn,
  posixTarOut,
  posixWrite,
  quotedPath,
} from "./posix/index.ts";
export { unsupported } from "./require-capability.ts";
export type { FileEntry, FileKind, FileStat, RuntimeFiles } from "./runtime-files.ts";
export type { OutputChunk, ProcessExit, RuntimeCommand, RuntimeProcess } from "./runtime-process.ts";
export type { LogsOptions, RuntimeSandbox, SandboxStats } from "./runtime-sandbox.ts";
export type { RuntimeSnapshots, SnapshotOptions } from "./runtime-snapshots.ts";
export type { ResourceCaps, RuntimeSpec } from "./runtime-spec.ts";
export type { SandboxEgress } from "./sandbox-egress.ts";
export type { SandboxRecord, SandboxStatus } from "./sandbox-record.ts";
export type {
  CreateOptions,
  OperationOptions,
  ProbeResult,
  ProgressEvent,
  SandboxRuntime,
} from "./sandbox-runtime.ts";
export type { SnapshotRecord } from "./snapshot-record.ts";
export type { SpecDefaults } from "./spec-defaults.ts";
export {
  forwarderCommand,
  openTunnel,
  proxyPort,
  type Tunnel,
  type TunnelOptions,
  tunnelLimits,
} from "./tunnel/index.ts";
export { type PlacesSpec, scratchMibOf, type WritablePlaces, writablePlaces } from "./writable-places.ts";
