import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeWith } from "../../support/components.ts";
import type { AttackCase, AttackedRuntime, CaseResult } from "../attack-case.ts";
import { type RunningLab, startLab } from "../lab/start-lab.ts";
import { observationOf, readObservations, recordObservation } from "./observations.ts";
import { withFakeInternet } from "./with-fake-internet.ts";

/** Attacks take as long as their programs wait for what does not come. */
const testTimeout = 180_000;

/** Tests of cases: each attack succeeds with the protection off, fails with it on, and what was seen is what docs/security.md says. */
export function defineAttacks(title: string, cases: readonly AttackCase[]): void {
  withFakeInternet(title, (address) => {
    describe("attacks", { timeout: testTimeout }, () => {
      let lab: RunningLab | undefined;
      beforeAll(async () => {
        lab = await startLab(address);
      });
      afterAll(() => lab?.close());
      for (const attack of cases) {
        // Those on microVMs are run in a machine of their own.
        const runtimes = attack.runtimes.filter((runtime) => runtime !== "microsandbox");
        test.concurrent.each(runtimes)(`${attack.name} on %s: ${attack.title}`, async (runtime) => {
          if (lab === undefined) throw new Error("there is no lab");
          check(attack, runtime, await lab.run(attack.name, runtime));
        });
      }
    });
  });
}

/** The same in microVMs, in a machine that may be thrown away and has no engine; one after another, as it has one processor. */
export function defineMicrovmAttacks(title: string, cases: readonly AttackCase[]): void {
  describeWith("microvm", title, () => {
    describe("attacks", () => {
      let lab: RunningLab | undefined;
      beforeAll(async () => {
        lab = await startLab("");
      });
      afterAll(() => lab?.close());
      const attacks = cases.filter(({ runtimes }) => runtimes.includes("microsandbox"));
      for (const attack of attacks) {
        test(`${attack.name} on microsandbox: ${attack.title}`, async () => {
          if (lab === undefined) throw new Error("there is no lab");
          check(attack, "microsandbox", await lab.run(attack.name, "microsandbox"));
        });
      }
    });
  });
}

/** Holds a result against the claim, and against what the documentation shows of it. */
export function check(attack: AttackCase, runtime: AttackedRuntime, { off, on }: CaseResult): void {
  if (typeof off !== "string")
    expect(off, `with the protection off: ${off.seen}`).toMatchObject({ succeeded: true });
  expect(on, `with the protection on: ${on.seen}`).toMatchObject({ succeeded: false });
  const observation = observationOf(attack, runtime, { off, on });
  if (recordObservation(observation)) return;
  const shown = readObservations().find(
    ({ name, runtime: where }) => name === attack.name && where === runtime,
  );
  expect(observation, "what docs/security.md shows; npm run record-attacks writes it anew").toEqual(shown);
}
