import { canaryChecks } from "./canary.ts";
import { clientChecks } from "./clients.ts";
import type { LabCheck } from "./lab-check.ts";
import { ownerChecks } from "./owner-killed.ts";

/** Every check. */
export const allChecks: readonly LabCheck[] = [...clientChecks, ...ownerChecks, ...canaryChecks];
