import type { BashOptions } from "just-bash";

type ExecutionLimits = NonNullable<BashOptions["executionLimits"]>;

/**
 * The interpreter's own counters. What only costs time is left to the caller's wall clock and so is high; what costs memory follows
 * the sandbox's. None is infinite, so that a command nobody waits for ends too.
 */
export function executionLimits({
  memoryMib,
  diskBytes,
}: {
  readonly memoryMib: number;
  readonly diskBytes: number;
}): ExecutionLimits {
  const memoryBytes = memoryMib * 1_048_576;
  return {
    maxCommandCount: many,
    maxLoopIterations: many,
    maxAwkIterations: many,
    maxSedIterations: many,
    maxJqIterations: many,
    maxWorkUnits: many,
    maxTraversalWork: many,
    maxAwkParserOperations: 100_000_000,
    maxGlobOperations: 100_000_000,
    maxExecutionTimeMs: weekMs,
    maxSqliteTimeoutMs: weekMs,
    maxPythonTimeoutMs: weekMs,
    maxJsTimeoutMs: weekMs,
    maxCallDepth: 500,
    maxSourceBytes: maxInputBytes,
    // A text as large as the memory ends the command for want of memory, as it would anywhere.
    maxStringLength: memoryBytes,
    maxHeredocSize: maxOutputBytes,
    maxWorkerMessageBytes: 2 * maxOutputBytes,
    // Several copies of the output are on their way at once. What goes to files counts too.
    maxOutputSize: Math.min(maxOutputBytes, memoryBytes / 8),
    maxInputBytes: 4 * maxInputBytes,
    maxLiveBytes: memoryBytes,
    maxArchiveBytes: diskBytes,
    maxArchiveEntryBytes: diskBytes,
    maxArchiveCompressedBytes: diskBytes,
    maxFileSystemBytes: diskBytes,
    maxDatabaseBytes: diskBytes,
    maxDatabaseResultBytes: maxOutputBytes,
  };
}

/** Output of one command, both streams together; more ends the command. */
export const maxOutputBytes = 64 << 20;

/** Input of one command; more is refused. */
export const maxInputBytes = 64 << 20;

const many = 1_000_000_000;
/** Within what a timer can wait for. */
const weekMs = 7 * 24 * 3_600_000;
