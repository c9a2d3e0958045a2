import type { EgressRule } from "../../egress/egress-rule.ts";
import { reachesOverTls, readRule } from "./egress-rules.ts";
import type { PolicyDocument, SecretDocument } from "./policy-document.ts";
import { type DocumentPath, type PlacedProblem, pathText } from "./policy-problem.ts";

/** Variables whose value decides what the programs in a sandbox are or whom they trust; a secret's value is none of that. */
const steeringVariables = /^(PATH|HOME|LD_.*|NODE_OPTIONS|PYTHONPATH|BASH_ENV|ENV|(https?|all|no)_proxy)$/i;

/** What the secrets of a document say against one another and against the egress rules. */
export function findSecretContradictions(
  { secrets = {} }: PolicyDocument,
  egress: readonly EgressRule[],
): PlacedProblem[] {
  const owners = new Map<string, string>();
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const path = ["secrets", name];
    const problems = [...variableProblems(name, secret, path), ...hostProblems(secret, path, egress)];
    const variable = secret.env ?? name;
    const owner = owners.get(variable);
    if (owner !== undefined) {
      const message = `${variable} is the variable of the secret ${owner} already; give each a name of its own`;
      problems.push({ path: secret.env === undefined ? path : [...path, "env"], message });
    }
    owners.set(variable, name);
    return problems;
  });
}

function variableProblems(name: string, secret: SecretDocument, path: DocumentPath): PlacedProblem[] {
  const variable = secret.env ?? name;
  if (steeringVariables.test(variable)) {
    const message = `${variable} steers the programs in the sandbox and cannot hold a secret; choose another name`;
    return [{ path: secret.env === undefined ? path : [...path, "env"], message }];
  }
  if (secret.env !== undefined || /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return [];
  return [{ path, message: `is no name of an environment variable; say under env what it is called inside` }];
}

function hostProblems(
  { inject = "proxy", hosts = [], allowWildcardHosts = false }: SecretDocument,
  path: DocumentPath,
  egress: readonly EgressRule[],
): PlacedProblem[] {
  if (inject === "env") {
    if (hosts.length === 0) return [];
    const message =
      "means nothing with inject: env, as all code in the sandbox can send the value anywhere; use inject: proxy";
    return [{ path: [...path, "hosts"], message }];
  }
  if (hosts.length === 0) {
    return [
      {
        path,
        message: "is put in on its way to hosts, but has none; name them under hosts, or use inject: env",
      },
    ];
  }
  return hosts.flatMap((host, index) => {
    const at = [...path, "hosts", index];
    const reading = readRule(host, pathText(at));
    if ("problem" in reading) return [{ path: at, message: reading.problem }];
    const { rule } = reading;
    if (rule.raw)
      return [
        { path: at, message: `${host} is raw TCP, in which no secret can be put; write the host alone` },
      ];
    if (rule.wildcard && !allowWildcardHosts) {
      const message = `${host} lets the value go to every name below; name the hosts, or set allowWildcardHosts: true`;
      return [{ path: at, message }];
    }
    if (reachesOverTls(egress, rule)) return [];
    return [{ path: at, message: `${host} is not covered by egress.allow; add it there` }];
  });
}
