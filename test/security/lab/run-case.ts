import type { AttackCase, AttackedRuntime, CaseResult, Observation } from "../attack-case.ts";
import type { Lab } from "./lab.ts";

/** Runs an attack with the protection off and on. What comes of the first is the same for every runtime. */
export async function runCase(lab: Lab, attack: AttackCase, runtime: AttackedRuntime): Promise<CaseResult> {
  const { name, off, on } = attack;
  const control: Observation | string =
    typeof off === "string" ? off : await lab.once(`off ${name}`, () => off(lab));
  return { off: control, on: await on(lab, runtime) };
}
