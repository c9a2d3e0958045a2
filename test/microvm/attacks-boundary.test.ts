import { boundaryCases, requestCases, secretCases } from "../security/cases/index.ts";
import { defineMicrovmAttacks } from "../security/support/define-attacks.ts";

defineMicrovmAttacks("secrets and the border of a sandbox", [
  ...secretCases,
  ...boundaryCases,
  ...requestCases,
]);
