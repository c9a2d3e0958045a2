import type { Lab } from "./lab/lab.ts";

/** The runtimes that are attacked. */
export type AttackedRuntime = "docker" | "embedded" | "microsandbox";

/** Runtimes whose sandboxes run any program of an image, and all runtimes. */
export const systemRuntimes: readonly AttackedRuntime[] = ["docker", "microsandbox"];
export const allRuntimes: readonly AttackedRuntime[] = ["docker", "embedded", "microsandbox"];

/** What came of an attack, in words that do not change from run to run: they stand in docs/security.md. */
export interface Observation {
  readonly succeeded: boolean;
  readonly seen: string;
}

/**
 * One attack, as data. It is run twice: with the protection off it must succeed, or there is no telling what its failure
 * means; with the protection on it must fail.
 */
export interface AttackCase {
  /** Unique among all cases; part of the test's name. */
  readonly name: string;
  /** Number of the attack in docs/security.md. */
  readonly attack: number;
  readonly title: string;
  /** What is on or off. */
  readonly protection: string;
  /** The same where it is something else on a runtime. */
  readonly protectionOn?: Partial<Readonly<Record<AttackedRuntime, string>>>;
  readonly runtimes: readonly AttackedRuntime[];
  /** The attack with the protection off; a text where there is no such state, telling why. */
  readonly off: ((lab: Lab) => Promise<Observation>) | string;
  readonly on: (lab: Lab, runtime: AttackedRuntime) => Promise<Observation>;
}

/** What one case came to. */
export interface CaseResult {
  readonly off: Observation | string;
  readonly on: Observation;
}
