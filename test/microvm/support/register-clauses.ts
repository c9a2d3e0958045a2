import { conformanceClauses, registerConformance } from "ctx-sandbox/testing";
import { afterAll, describe, it } from "vitest";
import { describeWith } from "../../support/components.ts";
import { createRuntime } from "../microsandbox-runtime.ts";

/** The emulated machine, as measured against one with hardware virtualisation, on a host that is slow itself. */
const slowness = 12;

/** Groups of clauses by the file that runs them: machines side by side take the files. All other groups are in `rest`. */
const groupsOf: Readonly<Record<string, readonly string[]>> = {
  exec: ["exec", "shell", "python"],
  streams: ["streams", "stdin", "encodings", "output-cap"],
  limits: ["timeouts", "cancellation", "background", "process-trees", "caps"],
  files: ["files", "transfers"],
  lifecycle: ["lifecycle", "one-shot"],
  owners: ["take-over", "owners"],
  egress: ["egress", "write-paths"],
  snapshots: ["snapshots"],
};

/** Registers one part of the conformance suite; all parts together are the whole of it. */
export function registerClauses(part: keyof typeof groupsOf | "rest"): void {
  const named = Object.values(groupsOf).flat();
  const isOwn = (group: string) =>
    part === "rest" ? !named.includes(group) : (groupsOf[part] ?? []).includes(group);
  if (!conformanceClauses.some(({ group }) => isOwn(group))) throw new Error(`the part ${part} is empty`);
  describeWith("microvm", `microsandbox, ${part}`, () => {
    registerConformance(
      { describe, it, afterAll },
      {
        createRuntime,
        secondProcessModule: new URL("../microsandbox-runtime.ts", import.meta.url),
        filter: ({ group }) => isOwn(group),
        // The machine has one processor.
        concurrency: 1,
        slowness,
      },
    );
  });
}
