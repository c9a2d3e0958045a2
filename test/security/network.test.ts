import { networkCases } from "./cases/index.ts";
import { defineAttacks } from "./support/define-attacks.ts";

defineAttacks("the network", networkCases);
