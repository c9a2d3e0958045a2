export { fitsArgument, parseCode, parseCommand } from "./parse-command.ts";
export {
  parseExecOptions,
  parseSpawnOptions,
  type ResolvedExecOptions,
  type ResolvedSpawnOptions,
} from "./parse-exec-options.ts";
export { parseListFilter } from "./parse-list-filter.ts";
export { parseName, parseSnapshotName } from "./parse-name.ts";
export {
  parseLogsOptions,
  parseOperationOptions,
  parseSnapshotOptions,
  parseStopOptions,
} from "./parse-operation-options.ts";
export { parseSignalName } from "./parse-signal-name.ts";
export { parseEgressList, parseSpec } from "./parse-spec.ts";
export { parseTtl } from "./parse-ttl.ts";
