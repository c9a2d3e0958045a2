import type { AttackCase } from "../attack-case.ts";
import { directCases } from "./direct.ts";
import { nameCases } from "./names.ts";
import { proxyCases } from "./proxy-bytes.ts";

/** The attacks of the network, which need the lab. */
export const networkCases: readonly AttackCase[] = [...directCases, ...nameCases, ...proxyCases];

/** Every case. */
export const allCases: readonly AttackCase[] = networkCases;
