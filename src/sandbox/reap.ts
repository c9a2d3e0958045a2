import { isSandboxError, type SandboxError } from "../errors/index.ts";
import type { SandboxRecord, SandboxRuntime } from "../runtime/index.ts";
import { forEachConcurrently } from "../util/for-each-concurrently.ts";
import { currentOwner, isOwnerGone, type OwnerIdentity } from "../util/owner.ts";
import { asSandboxError } from "./as-sandbox-error.ts";
import { bounded } from "./bounded.ts";
import { defaultDeadlines, type OperationDeadlines } from "./operation-deadlines.ts";

/** Why a sandbox is garbage. */
export type ReapReason = "expired" | "owner gone";

/** Options of {@link reap}. */
export interface ReapOptions {
  readonly signal?: AbortSignal | undefined;
  readonly deadlines?: Partial<OperationDeadlines>;
  /** Whether the timers of its deadlines keep the process alive. @default true */
  readonly holdsProcess?: boolean;
}

/** What {@link reap} did. */
export interface ReapResult {
  readonly removed: readonly { readonly name: string; readonly reason: ReapReason }[];
  /** What interrupted creates and removes had left, by the runtime's own names. */
  readonly swept: readonly string[];
  /** What could not be removed and will be tried again by the next; `(sweep)` stands for the sweep. */
  readonly failed: readonly { readonly name: string; readonly error: SandboxError }[];
}

const atOnce = 4;

/** Why the sandbox is garbage now; undefined when it is not, or when that is not proved. */
export function reapReason(
  { expiresAt, owner }: Pick<SandboxRecord, "expiresAt" | "owner">,
  now: Date = new Date(),
  self: OwnerIdentity = currentOwner(),
): ReapReason | undefined {
  if (expiresAt !== undefined && expiresAt.getTime() <= now.getTime()) return "expired";
  return owner !== undefined && isOwnerGone(owner, self) ? "owner gone" : undefined;
}

/**
 * Removes the sandboxes of a runtime that are expired or whose owner is provably gone, then what interrupted operations left.
 * Needs no memory of its own: any process may run it, several at once too. A sandbox is looked at again right before it is
 * removed, because an extend may have come between.
 * @throws {SandboxError} when the sandboxes cannot be listed, or cancelled
 */
export async function reap(runtime: SandboxRuntime, options: ReapOptions = {}): Promise<ReapResult> {
  const { signal, holdsProcess = true } = options;
  const deadlines = { ...defaultDeadlines, ...options.deadlines };
  const limits = { settleMs: deadlines.settleMs, signal, holdsProcess };
  const self = currentOwner();
  const removed: { name: string; reason: ReapReason }[] = [];
  const failed: { name: string; error: SandboxError }[] = [];

  const removeGarbage = async ({ name }: SandboxRecord) => {
    try {
      const reason = await removeIfGarbage(runtime, name, { self, deadlines, limits });
      if (reason !== undefined) removed.push({ name, reason });
    } catch (error) {
      if (isSandboxError(error, "cancelled") || isGone(error)) return;
      failed.push({ name, error: asSandboxError(error, `Reaping ${name}`) });
    }
  };
  const records = await bounded(
    { operation: "Listing sandboxes", deadlineMs: deadlines.listMs, ...limits },
    (stop) => runtime.list({ signal: stop }),
  );
  const suspects = records.filter((record) => reapReason(record, new Date(), self) !== undefined);
  await forEachConcurrently(suspects, atOnce, removeGarbage);
  const swept = await sweep(runtime, deadlines.sweepMs, limits).catch((error: SandboxError) => {
    if (isSandboxError(error, "cancelled")) throw error;
    failed.push({ name: "(sweep)", error });
    return [];
  });
  return { removed, swept, failed };
}

interface Limits {
  readonly settleMs: number;
  readonly signal: AbortSignal | undefined;
  readonly holdsProcess: boolean;
}

interface GarbageContext {
  readonly self: OwnerIdentity;
  readonly deadlines: OperationDeadlines;
  readonly limits: Limits;
}

async function removeIfGarbage(
  runtime: SandboxRuntime,
  name: string,
  { self, deadlines, limits }: GarbageContext,
): Promise<ReapReason | undefined> {
  const attach = { operation: `Finding ${name}`, deadlineMs: deadlines.attachMs, ...limits };
  const sandbox = await bounded(attach, (signal) => runtime.attach(name, { signal }));
  const inspect = { operation: `Inspecting ${name}`, deadlineMs: deadlines.inspectMs, ...limits };
  const reason = reapReason(
    await bounded(inspect, (signal) => sandbox.inspect({ signal })),
    new Date(),
    self,
  );
  if (reason === undefined) return undefined;
  const destroy = { operation: `Removing ${name}`, deadlineMs: deadlines.destroyMs, ...limits };
  await bounded(destroy, (signal) => sandbox.destroy({ signal }));
  return reason;
}

async function sweep(runtime: SandboxRuntime, deadlineMs: number, limits: Limits): Promise<string[]> {
  const bounds = { operation: "Sweeping", deadlineMs, ...limits };
  return await bounded(bounds, (signal) => runtime.sweep({ signal }));
}

// Somebody else was faster.
function isGone(error: unknown): boolean {
  return isSandboxError(error, "not_found") || isSandboxError(error, "sandbox_lost");
}
