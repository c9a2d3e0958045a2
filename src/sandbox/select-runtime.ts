import { isSandboxError, SandboxUnavailable } from "../errors/index.ts";
import { type IsolationLevel, isIsolationAtLeast, type SandboxRuntime } from "../runtime/index.ts";
import { bounded } from "./bounded.ts";
import { checkIsolation } from "./check-capabilities.ts";
import { orAfter } from "./or-after.ts";

/** A runtime that may be chosen. */
export interface RuntimeCandidate {
  readonly name: string;
  /** Loads its code and makes it; does no I/O beyond that. */
  readonly load: () => Promise<SandboxRuntime>;
  /** It is the caller's object: do not close it when it is not taken. @default false */
  readonly keepOpen?: boolean;
}

/** A runtime that was not chosen. */
export interface RejectedRuntime {
  readonly runtime: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Which runtime was chosen, and why. */
export interface RuntimeSelection {
  readonly runtime: string;
  readonly isolation: IsolationLevel;
  readonly reason: string;
  /** Those that come before it, in the order in which they were tried. */
  readonly rejected: readonly RejectedRuntime[];
}

/** Options of {@link selectRuntime}. */
export interface SelectRuntimeOptions {
  readonly minimumIsolation?: IsolationLevel | undefined;
  /** After which a probe that hangs counts as failed. @default 10000 */
  readonly probeMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The outcome of {@link selectRuntime}. */
export interface SelectedRuntime {
  readonly runtime: SandboxRuntime;
  readonly selection: RuntimeSelection;
}

const defaultProbeMs = 10_000;
const closeMs = 4000;

/**
 * Takes the first of the candidates (strongest isolation first) that works here and is strong enough; the others are closed.
 * Never takes a weaker one than asked for.
 * @throws {SandboxUnavailable} with every reason and remedy, when none is left
 */
export async function selectRuntime(
  candidates: readonly RuntimeCandidate[],
  options: SelectRuntimeOptions = {},
): Promise<SelectedRuntime> {
  const rejected: RejectedRuntime[] = [];
  for (const candidate of candidates) {
    const runtime = await load(candidate, rejected);
    if (runtime === undefined) continue;
    const problem = await problemOf(runtime, options).catch(async (error: unknown) => {
      await closeQuietly(runtime);
      throw error;
    });
    if (problem === undefined) return selected(runtime, "the strongest that works here", rejected);
    rejected.push({ runtime: runtime.name, ...problem });
    await closeQuietly(runtime);
  }
  throw noneLeft(rejected);
}

async function load(
  candidate: RuntimeCandidate,
  rejected: RejectedRuntime[],
): Promise<SandboxRuntime | undefined> {
  try {
    return await candidate.load();
  } catch (error) {
    // Wrong options are the caller's to correct: another runtime is no answer to them.
    if (isSandboxError(error, "invalid_argument")) throw error;
    const remedy = "install this package again, with its optional dependencies";
    rejected.push({ runtime: candidate.name, reason: `it could not be loaded: ${messageOf(error)}`, remedy });
    return undefined;
  }
}

/**
 * Takes this runtime and no other.
 * @throws {SandboxUnavailable} when it does not work here
 * @throws {SandboxError} unsupported when its isolation is weaker than asked for
 */
export async function requireRuntime(
  candidate: RuntimeCandidate,
  options: SelectRuntimeOptions = {},
): Promise<SelectedRuntime> {
  const rejected: RejectedRuntime[] = [];
  const runtime = await load(candidate, rejected);
  if (runtime === undefined) throw noneLeft(rejected);
  try {
    if (options.minimumIsolation !== undefined) checkIsolation(runtime, options.minimumIsolation);
    const problem = await probeRuntime(runtime, options);
    if (problem !== undefined) throw noneLeft([{ runtime: runtime.name, ...problem }]);
  } catch (error) {
    if (!candidate.keepOpen) await closeQuietly(runtime);
    throw error;
  }
  return selected(runtime, "asked for by name", []);
}

type Problem = Pick<RejectedRuntime, "reason" | "remedy">;

async function problemOf(
  runtime: SandboxRuntime,
  options: SelectRuntimeOptions,
): Promise<Problem | undefined> {
  const { minimumIsolation } = options;
  const { isolation } = runtime.capabilities;
  if (minimumIsolation === undefined || isIsolationAtLeast(isolation, minimumIsolation)) {
    return await probeRuntime(runtime, options);
  }
  return {
    reason: `its isolation is "${isolation}", weaker than the "${minimumIsolation}" asked for`,
    remedy: "ask for a weaker minimumIsolation, or set up a stronger runtime",
  };
}

async function probeRuntime(
  runtime: SandboxRuntime,
  { probeMs = defaultProbeMs, signal }: SelectRuntimeOptions,
): Promise<Problem | undefined> {
  const bounds = {
    operation: `Probing the ${runtime.name} runtime`,
    deadlineMs: probeMs,
    settleMs: 0,
    signal,
  };
  try {
    const probe = await bounded(bounds, (stop) => runtime.probe({ signal: stop }));
    return probe.available ? undefined : { reason: probe.reason, remedy: probe.remedy };
  } catch (error) {
    if (isSandboxError(error, "cancelled")) throw error;
    return { reason: messageOf(error), remedy: "look at the health of its engine" };
  }
}

function selected(
  runtime: SandboxRuntime,
  reason: string,
  rejected: readonly RejectedRuntime[],
): SelectedRuntime {
  const { name, capabilities } = runtime;
  const selection = {
    runtime: name,
    isolation: capabilities.isolation,
    reason,
    rejected: Object.freeze([...rejected]),
  };
  return { runtime, selection: Object.freeze(selection) };
}

function noneLeft(rejected: readonly RejectedRuntime[]): SandboxUnavailable {
  const lines = rejected.map(
    ({ runtime, reason, remedy }) => `${runtime}: ${sentence(reason)} Remedy: ${sentence(remedy)}`,
  );
  return new SandboxUnavailable(`No runtime can serve here. ${lines.join(" ")}`, { data: { rejected } });
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function closeQuietly(runtime: SandboxRuntime): Promise<void> {
  try {
    await orAfter(runtime.close(), closeMs);
  } catch {}
}
