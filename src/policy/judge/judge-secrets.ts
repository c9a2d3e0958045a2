import { reachesOverTls, readRule, readRules } from "../document/egress-rules.ts";
import { secretName } from "../document/secret-schema.ts";
import type { Policy, PolicySecret, RuleDecision } from "../policy.ts";
import { allowed, denied, listed, originOf, quoted } from "./decision.ts";

const forbidden = ["__proto__", "constructor", "prototype"];

/** Each secret that is asked for, with the egress that the same sandbox asks for. */
export function judgeSecrets(
  policy: Policy,
  asked: readonly string[],
  egress: readonly string[],
): readonly RuleDecision[] {
  const granted = Object.keys(policy.secrets);
  const { rules } = readRules(egress, []);
  return asked.map((name, index) => {
    const field = `secrets.${index}`;
    if (!secretName.test(name) || forbidden.includes(name)) {
      const message = `${quoted(name)} cannot be the name of a secret.`;
      const suggestion = "Names match [A-Za-z][A-Za-z0-9_.-]{0,127}.";
      return denied("default", { code: "secret_invalid", field, message, suggestion });
    }
    const secret = secretOf(policy, name);
    if (secret === undefined) {
      const message = `The secret ${quoted(name)} is not granted.`;
      const suggestion = granted.length === 0 ? "The policy grants none." : `Granted are ${listed(granted)}.`;
      return denied("default", { code: "secret_not_allowed", field, message, suggestion });
    }
    const rule = originOf(policy, `secrets.${name}`);
    const unreachable = unreachableHosts(secret);
    if (unreachable.length === 0) return allowed(rule, field, `The secret ${name} is granted.`);
    return denied(rule, {
      code: "secret_unreachable",
      field,
      message: `The secret ${name} is for ${listed(unreachable)}, which the sandbox does not ask to reach.`,
      suggestion: `Add ${listed(unreachable)} to egress.`,
    });
  });

  function unreachableHosts({ inject, hosts }: PolicySecret): readonly string[] {
    if (inject === "env") return [];
    return hosts.filter((host) => {
      const reading = readRule(host, "hosts");
      return !("rule" in reading) || !reachesOverTls(rules, reading.rule);
    });
  }
}

/** A secret of the policy by its name, whatever the name is. */
export function secretOf({ secrets }: Policy, name: string): PolicySecret | undefined {
  return Object.hasOwn(secrets, name) ? secrets[name] : undefined;
}
