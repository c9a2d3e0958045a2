import type { AttackCase } from "../attack-case.ts";
import { boundaryCases } from "./boundary.ts";
import { directCases } from "./direct.ts";
import { liveCases } from "./live.ts";
import { nameCases } from "./names.ts";
import { proxyCases } from "./proxy-bytes.ts";
import { secretCases } from "./secrets.ts";

/** The attacks on the way out. */
export const networkCases: readonly AttackCase[] = [
  ...directCases,
  ...nameCases,
  ...proxyCases,
  ...liveCases,
];

export { boundaryCases, secretCases };

/** Every case. */
export const allCases: readonly AttackCase[] = [...networkCases, ...secretCases, ...boundaryCases];
