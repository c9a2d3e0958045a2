import { registerClauses } from "./support/register-clauses.ts";

registerClauses("rest");
