import { proxyVariableNames, trustVariableNames } from "../../runtime/index.ts";
import { globMatches } from "../document/glob.ts";
import type { Policy, RuleDecision } from "../policy.ts";
import { allowed, denied, listed, originIn, originOf, quoted } from "./decision.ts";
import { secretOf } from "./judge-secrets.ts";

/** Variables by which the programs in a sandbox find the way out and the authority to trust. */
const wayOutVariables: readonly string[] = [...proxyVariableNames, ...trustVariableNames];

/** What else of a sandbox decides about its environment. */
export interface EnvironmentContext {
  /** Names of the secrets that the sandbox has or asks for. */
  readonly secrets: readonly string[];
  /** Whether the platform sets the variables of the way out. */
  readonly hasEgress: boolean;
}

/** Each variable that a caller sets, by name; values are not looked at. */
export function judgeEnvironment(
  policy: Policy,
  names: readonly string[],
  { secrets, hasEgress }: EnvironmentContext,
): readonly RuleDecision[] {
  const takenBy = new Map(
    secrets.flatMap((name) => {
      const secret = secretOf(policy, name);
      return secret === undefined ? [] : [[secret.env, name] as const];
    }),
  );
  return names.map((name) => {
    const field = `env.${name}`;
    const secret = takenBy.get(name);
    if (secret !== undefined) {
      const message = `${quoted(name)} is the variable of the secret ${secret}.`;
      const suggestion = "Leave it out, or do not ask for the secret.";
      return denied(originOf(policy, `secrets.${secret}`), { code: "env_taken", field, message, suggestion });
    }
    if (hasEgress && wayOutVariables.includes(name)) {
      const message = `${quoted(name)} is set by the platform in a sandbox with egress.`;
      const suggestion = "Leave it out; a program that needs another value can set it for itself.";
      return denied("default", { code: "env_taken", field, message, suggestion });
    }
    return judgeName(policy, name, field);
  });
}

function judgeName(policy: Policy, name: string, field: string): RuleDecision {
  const { allow, deny } = policy.env;
  const matches = (pattern: string) => globMatches(pattern, name, "text");
  const denial = originIn(policy, "env.deny", deny, matches);
  const grant = originIn(policy, "env.allow", allow, matches);
  if (denial === undefined && grant !== undefined)
    return allowed(grant, field, `${quoted(name)} is in the list.`);
  const suggestion = allow.length === 0 ? "No variable may be set." : `Allowed are ${listed(allow)}.`;
  return denied(denial ?? "default", {
    code: "env_not_allowed",
    field,
    message: `The environment variable ${quoted(name)} may not be set.`,
    suggestion: deny.length === 0 ? suggestion : `${suggestion.slice(0, -1)}, but not ${listed(deny)}.`,
  });
}
