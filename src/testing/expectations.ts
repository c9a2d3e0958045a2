import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, errorCodes, isSandboxError, type SandboxError } from "../errors/index.ts";
import type { ExecResult } from "../sandbox/index.ts";
import { patient } from "./patience.ts";

/** The error of a call that must be refused with one of these codes. */
export async function expectRefusal(
  call: Promise<unknown> | (() => unknown),
  codes: ErrorCode | readonly ErrorCode[],
): Promise<SandboxError> {
  const allowed = typeof codes === "string" ? [codes] : codes;
  let value: unknown;
  try {
    value = await (typeof call === "function" ? call() : call);
  } catch (error) {
    if (!isSandboxError(error)) throw error;
    assert.ok(
      allowed.includes(error.code),
      `code ${error.code} instead of ${allowed.join(", ")}: ${error.message}`,
    );
    assert.notEqual(error.message.trim(), "");
    assert.equal(error.retryable, errorCodes[error.code].retryable);
    assert.doesNotThrow(() => JSON.stringify(error), "an error must be plain JSON data");
    return error;
  }
  assert.fail(`refused with ${allowed.join(" or ")} was expected; got ${preview(value)}`);
}

/** The result of a command that must have succeeded. */
export async function expectOk(run: Promise<ExecResult>): Promise<ExecResult> {
  const result = await run;
  assert.ok(result.ok, `the command failed: ${preview(result)}`);
  return result;
}

/** What a command that must have succeeded printed. */
export async function expectStdout(run: Promise<ExecResult>, stdout: string): Promise<void> {
  assert.equal((await expectOk(run)).stdout, stdout);
}

/** Content that must be the same; a difference is told by its place, not by printing megabytes. */
export function expectSame(
  actual: Uint8Array | string,
  expected: Uint8Array | string,
  what = "content",
): void {
  const [got, wanted] = [Buffer.from(actual), Buffer.from(expected)];
  if (got.equals(wanted)) return;
  const at = got.findIndex((byte, index) => byte !== wanted[index]);
  const place = at === -1 || at >= wanted.length ? Math.min(got.length, wanted.length) : at;
  assert.fail(
    `${what}: ${got.length} bytes instead of ${wanted.length}, different from byte ${place} on: ` +
      `${preview(got.toString("utf8", place, place + 40))} instead of ${preview(wanted.toString("utf8", place, place + 40))}`,
  );
}

/** The value, when it comes in time: within so many milliseconds, and more on a slow machine. */
export async function within<Value>(usualMs: number, what: string, value: Promise<Value>): Promise<Value> {
  const limitMs = patient(usualMs);
  const stop = new AbortController();
  const late = sleep(limitMs, undefined, { signal: stop.signal }).then(
    () => assert.fail(`${what} took longer than ${limitMs} ms`),
    () => value,
  );
  try {
    return await Promise.race([value, late]);
  } finally {
    stop.abort();
  }
}

/** Waits until the condition holds, for so many milliseconds, and more on a slow machine. */
export async function until(what: string, holds: () => Promise<boolean>, usualMs = 30_000): Promise<void> {
  const limitMs = patient(usualMs);
  const end = Date.now() + limitMs;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `within ${limitMs} ms this never came true: ${what}`);
    await sleep(50);
  }
}

/** A value for a message, cut short. */
export function preview(value: unknown): string {
  const text =
    JSON.stringify(value, (_key, field) => (typeof field === "bigint" ? String(field) : field)) ??
    String(value);
  return text.length > 600 ? `${text.slice(0, 600)}… (${text.length} characters)` : text;
}
