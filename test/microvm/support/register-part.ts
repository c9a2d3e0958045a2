import { conformanceClauses, registerConformance } from "ctx-sandbox/testing";
import { afterAll, describe, it } from "vitest";
import { describeWith } from "../../support/components.ts";
import { createRuntime } from "../microsandbox-runtime.ts";

/** The emulated machine, as measured against one with hardware virtualisation. */
const slowness = 4;

/** Groups of clauses that take long, by the part of the suite that runs them; all others are in the last part. */
const groupsOfParts: readonly (readonly string[])[] = [
  ["exec", "shell", "python", "streams", "stdin", "encodings", "output-cap"],
  ["lifecycle", "egress", "take-over", "owners", "snapshots"],
];

/**
 * Registers one part of the suite. All clauses are in one part or another; machines side by side
 * take the parts.
 */
export function registerPart(part: number): void {
  const own = groupsOfParts[part - 1];
  const isOwn = (group: string) => (own ? own.includes(group) : !groupsOfParts.flat().includes(group));
  if (!conformanceClauses.some(({ group }) => isOwn(group))) throw new Error(`part ${part} is empty`);
  describeWith("microvm", `microsandbox, part ${part}`, () => {
    registerConformance(
      { describe: describe.concurrent, it, afterAll },
      {
        createRuntime,
        secondProcessModule: new URL("../microsandbox-runtime.ts", import.meta.url),
        filter: ({ group }) => isOwn(group),
        concurrency: 2,
        slowness,
      },
    );
  });
}
