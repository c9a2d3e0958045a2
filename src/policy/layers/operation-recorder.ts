import type { AuditEntry, AuditLog } from "../../audit/audit-log.ts";
import { isSandboxError, PolicyViolation } from "../../errors/index.ts";

/** An entry whose detail may be known only when the operation is over. */
export type OperationEntry = Omit<AuditEntry, "detail"> & {
  readonly detail?: AuditEntry["detail"] | (() => AuditEntry["detail"]);
};

/** Options of {@link OperationRecorder.around}. */
export interface AroundOptions<Value> {
  /** Undoes what cannot be recorded. */
  readonly undo?: (value: Value) => Promise<void>;
  /** Whether it is not begun while the log cannot be written. @default true */
  readonly isHeldUp?: boolean;
}

/** Records operations with their ends. */
export class OperationRecorder {
  readonly #audit: AuditLog;
  #isFailing = false;

  constructor(audit: AuditLog) {
    this.#audit = audit;
  }

  /** Records one entry. @throws {SandboxError} audit_unavailable where the log is required */
  async record(entry: AuditEntry): Promise<void> {
    try {
      await this.#audit.record(entry);
    } catch (error) {
      this.#isFailing = true;
      throw error;
    }
  }

  /** After a failure nothing is done before the log can be written again. @throws {SandboxError} audit_unavailable */
  async ready(): Promise<void> {
    if (!this.#isFailing) return;
    await this.#audit.record({ type: "audit.resumed" });
    this.#isFailing = false;
  }

  /** Does an operation and records how it ended; what cannot be recorded is undone, as far as it can be. */
  async around<T>(
    entry: OperationEntry,
    operation: () => Promise<T>,
    { undo, isHeldUp = true }: AroundOptions<T> = {},
  ): Promise<T> {
    if (isHeldUp) await this.ready();
    const startedAt = performance.now();
    const value = await operation().catch(async (error: unknown) => {
      await this.failed(entry, error, performance.now() - startedAt);
      throw error;
    });
    try {
      await this.record({ ...settled(entry), durationMs: rounded(performance.now() - startedAt) });
    } catch (error) {
      await undo?.(value).catch(() => {});
      throw error;
    }
    return value;
  }

  /** Records the failure of an operation, which is thrown whether that can be recorded or not. */
  async failed(entry: OperationEntry, error: unknown, durationMs: number): Promise<void> {
    const { detail, type, ...rest } = settled(entry);
    const facts = { ...rest, durationMs: rounded(durationMs) };
    const denied = error instanceof PolicyViolation;
    const failure: AuditEntry = denied
      ? {
          ...facts,
          type: "policy.denied",
          outcome: "denied",
          code: error.code,
          detail: { ...detail, operation: type, violations: error.violations },
        }
      : {
          ...facts,
          type,
          outcome: "failed",
          code: isSandboxError(error) ? error.code : "runtime_error",
          ...(detail && { detail }),
        };
    await this.record(failure).catch(() => {});
  }

  /** Hands a stream on, and records it when nobody reads it any more, with the bytes that came. */
  async *read(entry: AuditEntry, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    await this.ready();
    const startedAt = performance.now();
    let count = 0;
    let hasFailed = false;
    const withBytes = () => ({ ...entry, detail: { ...entry.detail, bytes: count } });
    try {
      for await (const data of bytes) {
        count += data.length;
        yield data;
      }
    } catch (error) {
      hasFailed = true;
      await this.failed(withBytes(), error, performance.now() - startedAt);
      throw error;
    } finally {
      const durationMs = rounded(performance.now() - startedAt);
      if (!hasFailed) await this.record({ ...withBytes(), durationMs });
    }
  }
}

function settled({ detail, ...entry }: OperationEntry): AuditEntry {
  const known = typeof detail === "function" ? detail() : detail;
  return known === undefined ? entry : { ...entry, detail: known };
}

/** To the hundredth of a millisecond. */
function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
