import { z } from "zod";
import type { OperationOptions, SnapshotOptions } from "../../runtime/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ClientCreateOptions } from "../sandbox-client.ts";
import { labelMap } from "./environment.ts";
import { abortSignal, callback, wholeNumber } from "./fields.ts";
import { parseArgument } from "./parse-argument.ts";

// One schema for create and the rest: getOrCreate hands the same options to both.
const operationSchema = z.strictObject(
  {
    signal: abortSignal().optional(),
    onProgress: callback<NonNullable<ClientCreateOptions["onProgress"]>>().optional(),
  },
  "must be an object",
);
const stopSchema = z.strictObject({ graceMs: wholeNumber(0, 3_600_000).optional() }, "must be an object");
const snapshotSchema = z.strictObject(
  { labels: labelMap().optional(), signal: abortSignal().optional() },
  "must be an object",
);
const logsSchema = z.strictObject(
  { tail: wholeNumber(0, 2 ** 31 - 1).optional(), signal: abortSignal().optional() },
  "must be an object",
);

/** Options of a call that may be slow. @throws {SandboxError} invalid_argument */
export function parseOperationOptions(options: unknown = {}): ClientCreateOptions & OperationOptions {
  return withoutUndefined(
    parseArgument(operationSchema, { name: "options" }, options),
  ) as ClientCreateOptions;
}

/** Options of stop(). @throws {SandboxError} invalid_argument */
export function parseStopOptions(options: unknown = {}): { readonly graceMs: number } {
  return { graceMs: 2000, ...withoutUndefined(parseArgument(stopSchema, { name: "options" }, options)) };
}

/** Options of snapshot(). @throws {SandboxError} invalid_argument */
export function parseSnapshotOptions(options: unknown = {}): SnapshotOptions {
  return withoutUndefined(parseArgument(snapshotSchema, { name: "options" }, options)) as SnapshotOptions;
}

/** Options of logs() and followLogs(). @throws {SandboxError} invalid_argument */
export function parseLogsOptions(options: unknown = {}): {
  readonly tail?: number;
  readonly signal?: AbortSignal;
} {
  return withoutUndefined(parseArgument(logsSchema, { name: "options" }, options)) as {
    tail?: number;
    signal?: AbortSignal;
  };
}
