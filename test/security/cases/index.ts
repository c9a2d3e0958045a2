import type { AttackCase } from "../attack-case.ts";
import { boundaryCases } from "./boundary.ts";
import { directCases } from "./direct.ts";
import { liveCases } from "./live.ts";
import { nameCases } from "./names.ts";
import { neighbourCase } from "./neighbour.ts";
import { proxyCases } from "./proxy-bytes.ts";
import { requestCases } from "./requests.ts";
import { secretCases } from "./secrets.ts";

/** The attacks on the way out. */
export const networkCases: readonly AttackCase[] = [
  ...directCases,
  ...nameCases,
  ...proxyCases,
  ...liveCases,
  neighbourCase,
];

export { boundaryCases, requestCases, secretCases };

/** Every case. */
export const allCases: readonly AttackCase[] = [
  ...networkCases,
  ...secretCases,
  ...boundaryCases,
  ...requestCases,
];
