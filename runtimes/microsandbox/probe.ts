import { existsSync } from "node:fs";
import { cancelled, isSandboxError } from "../../src/errors/index.ts";
import type { ProbeResult } from "../../src/runtime/index.ts";
import { type BootEvidence, bootEvidence, hasRoomForSockets } from "./boot-evidence.ts";
import { hostProblem, type Problem, platformProblem } from "./host-check.ts";
import { hostFacts, readVerdict, verdictFile, writeVerdict } from "./probe-verdict.ts";
import { loadSdk, sdkVersion, vendorHome } from "./sdk.ts";
import { vendorProgram } from "./vendor-program.ts";

/** Leaves time to kill the guest within the ten seconds that a probe may take. */
const deadlineMs = 8_000;

/** Options of {@link probeMicrosandbox}. */
export interface ProbeOptions {
  readonly signal?: AbortSignal;
  /** The vendor's state folder. @default MSB_HOME or ~/.microsandbox */
  readonly home?: string;
}

/**
 * Tells whether a guest boots here, by the cheapest evidence first: the package and its part for this platform, what the vendor's own check says
 * of the host (no CPU feature, no device, no access), and at last a guest. That last verdict is kept beside the sandboxes' records for as long as
 * nothing changes that it depends on. Leaves nothing else behind. @throws {SandboxError} cancelled
 */
export async function probeMicrosandbox({ signal, home = vendorHome() }: ProbeOptions): Promise<ProbeResult> {
  throwIfAborted(signal);
  const result = await probe(home, signal).catch(
    (error: unknown): ProbeResult => ({
      available: false,
      reason: `Looking for microVMs failed: ${error instanceof Error ? error.message : String(error)}`,
      remedy: `Look at the folder ${home}.`,
    }),
  );
  throwIfAborted(signal);
  return result;
}

async function probe(home: string, signal: AbortSignal | undefined): Promise<ProbeResult> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const stop = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const early = (await packageProblem()) ?? roomProblem(home);
  if (early !== undefined) return unavailable(early);
  const program = vendorProgram();
  const version = await sdkVersion();
  const facts = await hostFacts(program, version);
  const known = await readVerdict(home, facts);
  if (known !== undefined) return toResult(known, version, home, true);
  const problem = await hostProblem(program, home, stop);
  if (problem !== undefined) return unavailable(problem);
  const evidence = await bootEvidence(program, home, stop);
  throwIfAborted(signal);
  await writeVerdict(home, facts, evidence);
  return toResult(evidence, version, home, false);
}

/** Notes that a guest has booted here, so that no probe has to boot one to know. Never throws. */
export async function rememberBoot(home = vendorHome()): Promise<void> {
  try {
    const facts = await hostFacts(vendorProgram(), await sdkVersion());
    if ((await readVerdict(home, facts)) !== "booted") await writeVerdict(home, facts, "booted");
  } catch {
    // The next probe finds it out by itself.
  }
}

async function packageProblem(): Promise<Problem | undefined> {
  try {
    await loadSdk();
    const program = vendorProgram();
    if (existsSync(program)) return undefined;
    return {
      reason: `The program of microsandbox is missing: ${program}.`,
      remedy: "npm install --include=optional microsandbox, or set MSB_PATH.",
    };
  } catch (error) {
    if (!isSandboxError(error)) throw error;
    const remedy = String(error.data.remedy ?? "npm install microsandbox");
    return platformProblem() ?? { reason: error.message, remedy };
  }
}

function roomProblem(home: string): Problem | undefined {
  if (hasRoomForSockets(home)) return undefined;
  const reason = `The path ${home} is too long for the sockets of a microVM.`;
  return { reason, remedy: "Set MSB_HOME to a folder with a shorter path." };
}

function toResult(evidence: BootEvidence, version: string, home: string, isKept: boolean): ProbeResult {
  if (evidence === "booted" || evidence === "booting") {
    const when = isKept ? "earlier" : "just now";
    const what = evidence === "booted" ? "a guest that booted" : "a guest that ran, but booted slowly";
    return { available: true, version, details: { home, "found by": `${what} ${when}` } };
  }
  const reason =
    evidence === "silent"
      ? `A guest gave no sign of life within ${deadlineMs / 1000} s.`
      : `A guest does not boot: ${evidence.failure}.`;
  const again = `remove ${verdictFile(home)} to have it tried again at once`;
  return unavailable({ reason, remedy: `Run npx msb doctor; ${again}.` });
}

function unavailable(problem: Problem): ProbeResult {
  return { available: false, ...problem };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled("Probing the microsandbox runtime", signal);
}
