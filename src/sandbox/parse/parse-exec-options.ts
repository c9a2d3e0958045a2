import { z } from "zod";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ExecOptions, SpawnOptions, StdinInput, YieldingExecOptions } from "../exec-options.ts";
import { environment } from "./environment.ts";
import { abortSignal, callback, flag, text, timeLimit, wholeNumber } from "./fields.ts";
import { parseArgument } from "./parse-argument.ts";

type OutputCallback = NonNullable<ExecOptions["onStdout"]>;

/** Options of a command with the defaults filled in. */
export type ResolvedExecOptions = Omit<
  ExecOptions,
  "cwd" | "env" | "timeoutMs" | "maxOutputBytes" | "spill" | "check"
> &
  Required<Pick<ExecOptions, "cwd" | "env" | "timeoutMs" | "maxOutputBytes" | "spill" | "check">> &
  Partial<Pick<YieldingExecOptions, "yieldAfterMs">>;

/** Options of spawn() with the defaults filled in. */
export type ResolvedSpawnOptions = Omit<SpawnOptions, "cwd" | "env" | "timeoutMs"> &
  Required<Pick<SpawnOptions, "cwd" | "env" | "timeoutMs">>;

const maxPathBytes = 4096;

const processFields = {
  cwd: text(
    (value) => value.startsWith("/") && !value.includes("\0") && Buffer.byteLength(value) < maxPathBytes,
    `must be an absolute path without NUL bytes, shorter than ${maxPathBytes} bytes`,
  ).optional(),
  env: environment().optional(),
  user: text(isUser, "must be a user name, a uid, or uid:gid").optional(),
  stdin: z.custom<StdinInput>(isStdin, "must be a string, bytes, or an async iterable of either").optional(),
  timeoutMs: timeLimit().optional(),
  signal: abortSignal().optional(),
};

const spawnSchema = z.strictObject(processFields, "must be an object");
const execSchema = z.strictObject(
  {
    ...processFields,
    onStdout: callback<OutputCallback>().optional(),
    onStderr: callback<OutputCallback>().optional(),
    maxOutputBytes: wholeNumber(0, 268_435_456).optional(),
    spill: flag().optional(),
    check: flag().optional(),
    yieldAfterMs: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  },
  "must be an object",
);

/** Options of exec(), shell() and python(). @throws {SandboxError} invalid_argument */
export function parseExecOptions(options: unknown = {}): ResolvedExecOptions {
  const parsed = parseArgument(execSchema, { name: "ExecOptions", secret: ["env", "stdin"] }, options);
  const defaults = {
    cwd: "/workspace",
    env: {},
    timeoutMs: 120_000,
    maxOutputBytes: 1_048_576,
    spill: false,
    check: false,
  };
  return { ...defaults, ...withoutUndefined(parsed) } as ResolvedExecOptions;
}

/** Options of spawn(). @throws {SandboxError} invalid_argument */
export function parseSpawnOptions(options: unknown = {}): ResolvedSpawnOptions {
  const parsed = parseArgument(spawnSchema, { name: "SpawnOptions", secret: ["env", "stdin"] }, options);
  const defaults = { cwd: "/workspace", env: {}, timeoutMs: Number.POSITIVE_INFINITY };
  return { ...defaults, ...withoutUndefined(parsed) } as ResolvedSpawnOptions;
}

function isUser(value: string): boolean {
  const ids = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(value);
  // The last id means "no change" to the kernel (setresuid(2)), so it names nobody.
  if (ids !== null) return ids.slice(1).every((id) => id === undefined || Number(id) < 2 ** 32 - 1);
  return /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(value);
}

function isStdin(value: unknown): boolean {
  if (typeof value === "string" || value instanceof Uint8Array) return true;
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
