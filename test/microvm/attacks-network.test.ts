import { networkCases } from "../security/cases/index.ts";
import { defineMicrovmAttacks } from "../security/support/define-attacks.ts";

defineMicrovmAttacks("the network", networkCases);
