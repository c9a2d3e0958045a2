import { resolve } from "node:path";
import { z } from "zod";
import { SandboxError } from "../../errors/index.ts";
import { asciiJson } from "../ascii-json.ts";
import { auditFailure, sinkClosed } from "../audit-failure.ts";
import type { AuditSink } from "../audit-sink.ts";
import { createDigest } from "../chain/chain-line.ts";
import { ChainWriter } from "../chain/chain-writer.ts";
import { groupCommit } from "../group-commit.ts";

/** Options of {@link fileSink}. */
export interface FileSinkOptions {
  /** The file that is written; its folder must be there. Files beside it have its name with a suffix. */
  readonly path: string;
  /** Size at which a file is set aside and a new one begun, in bytes, at least 4096. @default 67_108_864 */
  readonly maxBytes?: number;
  /** How many files are kept in all; the oldest beyond are removed. At least 2. @default no limit */
  readonly maxFiles?: number;
  /** Permissions of the files that are made. @default 0o600 */
  readonly mode?: number;
  /** With a key, at least 16 bytes, nobody who lacks it can change the log unseen. @default none: a plain hash chain */
  readonly hmacKey?: string | Uint8Array;
  /** How long to wait for another process that writes the same log, in milliseconds. @default 10_000 */
  readonly lockWaitMs?: number;
}

/** How long the log stays open and locked after the last event. */
const idleMs = 200;

/** How often it is looked meanwhile whether another writer waits for its turn. */
const lookMs = 50;

const wholeNumber = (minimum: number) => z.number().int().min(minimum).optional();
const schema = z.object({
  path: z
    .string()
    .min(1)
    .refine((path) => !path.includes("\0")),
  maxBytes: wholeNumber(4096),
  maxFiles: wholeNumber(2),
  mode: z.number().int().min(0).max(0o777).optional(),
  hmacKey: z
    .union([z.string(), z.instanceof(Uint8Array)])
    .optional()
    .refine((key) => key === undefined || Buffer.byteLength(key) >= 16),
  lockWaitMs: z.number().int().min(0).optional(),
});

/**
 * Writes events as lines of JSON to a file, each on disk before its promise resolves, chained so that a later change is found by
 * `verifyAudit`. Events that wait for the disk are written together. One process writes a log at a time; others wait for their turn.
 * Does no I/O before the first event. See docs/audit.md.
 */
export function fileSink(options: FileSinkOptions): AuditSink {
  const checked = schema.safeParse(options);
  if (!checked.success) throw invalidOption(checked.error);
  const {
    maxBytes = 64 * 1024 * 1024,
    maxFiles = Number.POSITIVE_INFINITY,
    mode = 0o600,
    lockWaitMs = 10_000,
  } = options;
  const path = resolve(options.path);
  const name = `file ${path}`;
  const digest = createDigest(options.hmacKey);
  const keyed = options.hmacKey !== undefined;
  const writer = new ChainWriter({ path, maxBytes, maxFiles, mode, keyed, digest, lockWaitMs });
  let idleTimer: NodeJS.Timeout | undefined;
  let lastMs = 0;
  let isClosed = false;

  const group = groupCommit<string | undefined>(async (texts) => {
    const lines = texts.filter((text) => text !== undefined);
    try {
      if (lines.length > 0) {
        await writer.append(lines);
        lastMs = performance.now();
      } else if (performance.now() - lastMs >= idleMs || (await writer.isAwaited())) await writer.release();
      else keepOpenAWhile();
    } catch (error) {
      throw auditFailure(name, error);
    } finally {
      if (lines.length > 0) keepOpenAWhile();
    }
  });
  const keepOpenAWhile = () => {
    if (isClosed) return;
    if (idleTimer !== undefined) idleTimer.refresh();
    else idleTimer = setTimeout(() => void group.add(undefined).catch(() => {}), lookMs).unref();
  };

  return {
    name,
    async write(event) {
      if (isClosed) throw sinkClosed(name);
      // The event as it is now; its place in the chain is found when it is written.
      await group.add(asciiJson(event));
    },
    async close() {
      isClosed = true;
      clearTimeout(idleTimer);
      await group.idle();
      await writer.release();
    },
  };
}

function invalidOption(error: z.ZodError): SandboxError {
  const field = String(error.issues[0]?.path[0] ?? "options");
  const allowed: Readonly<Record<string, string>> = {
    path: "the path of a file",
    maxBytes: "a whole number, 4096 or more",
    maxFiles: "a whole number, 2 or more",
    mode: "permissions such as 0o600",
    hmacKey: "a text or bytes, 16 bytes or more",
    lockWaitMs: "a whole number, 0 or more",
  };
  return new SandboxError(
    "invalid_argument",
    `${field} of the file sink must be ${allowed[field] ?? "an object"}.`,
    {
      data: { field },
    },
  );
}
