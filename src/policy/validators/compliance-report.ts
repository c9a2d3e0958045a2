import type { SandboxFacts } from "./sandbox-facts.ts";

/** How a sandbox stands to one rule. */
export type ComplianceOutcome = "pass" | "fail" | "not-applicable";

/** One rule of a set. */
export interface ComplianceRule {
  /** In the set's own numbering. */
  readonly id: string;
  readonly title: string;
  readonly check: (facts: SandboxFacts) => ComplianceOutcome;
  /** What to do where it fails, or why it does not apply. */
  readonly remedy: string;
}

/** Rules of one source. */
export interface RuleSet {
  readonly name: string;
  /** Edition and numbering that the ids are of. */
  readonly version: string;
  readonly rules: readonly ComplianceRule[];
}

/** One line of a report. */
export interface ComplianceResult {
  readonly ruleSet: string;
  readonly id: string;
  readonly title: string;
  readonly outcome: ComplianceOutcome;
  /** Present unless it passes. */
  readonly remedy?: string;
}

/** How a sandbox stands to sets of rules. */
export interface ComplianceReport {
  /** Whether nothing fails. */
  readonly isCompliant: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
  readonly results: readonly ComplianceResult[];
}

/** Checks each rule of each set. */
export function checkRuleSets(facts: SandboxFacts, ruleSets: readonly RuleSet[]): ComplianceReport {
  const results = ruleSets.flatMap(({ name, rules }) =>
    rules.map(({ id, title, check, remedy }): ComplianceResult => {
      const outcome = check(facts);
      return { ruleSet: name, id, title, outcome, ...(outcome !== "pass" && { remedy }) };
    }),
  );
  const count = (wanted: ComplianceOutcome) => results.filter(({ outcome }) => outcome === wanted).length;
  const failed = count("fail");
  return Object.freeze({
    isCompliant: failed === 0,
    passed: count("pass"),
    failed,
    notApplicable: count("not-applicable"),
    results: Object.freeze(results),
  });
}
