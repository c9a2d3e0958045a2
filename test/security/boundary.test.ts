import { boundaryCases, requestCases } from "./cases/index.ts";
import { defineAttacks } from "./support/define-attacks.ts";

defineAttacks("the border of a sandbox", [...boundaryCases, ...requestCases]);
