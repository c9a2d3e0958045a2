import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../support/run-program.ts";
import type { AttackCase, AttackedRuntime, CaseResult } from "../attack-case.ts";

/** One row of what docs/security.md shows of the attacks that were run. */
export interface ShownObservation {
  readonly attack: number;
  readonly name: string;
  readonly title: string;
  readonly protection: string;
  readonly runtime: AttackedRuntime;
  /** What was seen with the protection off and on. */
  readonly off: string;
  readonly on: string;
}

const file = join(projectFolder, "test", "security", "observations.json");

/** The row of a case. */
export function observationOf(
  { attack, name, title, protection, protectionOn }: AttackCase,
  runtime: AttackedRuntime,
  { off, on }: CaseResult,
): ShownObservation {
  const offText = typeof off === "string" ? `not run: ${off}` : off.seen;
  const held = protectionOn?.[runtime] ?? protection;
  return { attack, name, title, protection: held, runtime, off: offText, on: on.seen };
}

/** The rows that docs/security.md is generated from. */
export function readObservations(): readonly ShownObservation[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ShownObservation[]) : [];
}

/**
 * Where CTX_SANDBOX_RECORD_ATTACKS names a folder, keeps the row there, to be gathered by scripts/record-attacks.mjs; returns whether it
 * did.
 */
export function recordObservation(observation: ShownObservation): boolean {
  const folder = process.env.CTX_SANDBOX_RECORD_ATTACKS;
  if (folder === undefined || folder === "") return false;
  mkdirSync(folder, { recursive: true });
  const { name, runtime } = observation;
  writeFileSync(join(folder, `${name}.${runtime}.json`), JSON.stringify(observation));
  return true;
}
