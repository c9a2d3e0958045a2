import type { Lab } from "../lab/lab.ts";

/** Something that has to hold, found out in the lab. */
export interface LabCheck {
  readonly name: string;
  readonly title: string;
  /** Rejects when it does not hold. */
  run(lab: Lab): Promise<void>;
}
