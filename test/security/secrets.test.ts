import { secretCases } from "./cases/index.ts";
import { defineAttacks } from "./support/define-attacks.ts";

defineAttacks("secrets", secretCases);
