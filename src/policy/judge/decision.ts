import type { Violation } from "../../errors/index.ts";
import type { Policy, RuleDecision } from "../policy.ts";

/** Every code of a violation with what it means; the list is closed. */
export const violationCodes = {
  image_not_allowed: "The image is not in images.allow.",
  image_digest_required: "The image is not named by its digest.",
  memory_exceeded: "More memory than limits.memoryMib.",
  cpus_exceeded: "More CPU than limits.cpus.",
  pids_exceeded: "More processes than limits.pids.",
  disk_exceeded: "More disk than limits.diskMib.",
  open_files_exceeded: "More open files than limits.openFiles.",
  lifetime_exceeded: "A longer life than limits.lifetimeMs.",
  privileges_not_allowed: "A profile that is not in privileges.",
  detached_not_allowed: "A sandbox that outlives its process.",
  snapshot_not_allowed:
    "A snapshot that is not in snapshots.use, or not in snapshots.take where one is taken or removed.",
  egress_invalid: "An egress rule that cannot be used.",
  egress_not_allowed: "A host that egress.allow does not cover.",
  secret_invalid: "A text that cannot be the name of a secret.",
  secret_not_allowed: "A secret that the policy does not grant.",
  secret_unreachable: "A secret whose hosts the sandbox's own egress does not cover.",
  env_not_allowed: "An environment variable that is not in env.allow, or is in env.deny.",
  env_taken: "An environment variable that a granted secret or the way out takes.",
  label_reserved: "A label that is the platform's own.",
  write_path_not_allowed: "A folder that is not in writePaths.",
  user_not_allowed: "A user that is not in users.",
  command_not_allowed: "A program that is in commands.deny.",
  command_refused: "The policy's hook refused the command, or could not judge it.",
  limit_reached: "As many sandboxes or commands as the limit allows, at once or in all.",
  limit_exceeded: "More bytes, or a longer life, than the limit allows.",
  egress_widened: "A live sandbox asks for more egress than it has.",
  no_profile: "No profile matches the identity, and the policy requires one.",
  not_enforceable: "The runtime cannot enforce a part of the policy.",
  external: "A validator of the platform's own refused it.",
  external_unavailable: "A validator of the platform's own could not be asked.",
} as const;

/** One of {@link violationCodes}. */
export type ViolationCode = keyof typeof violationCodes;

/** What is refused, before it is known by which rule. */
export interface Refusal {
  readonly code: ViolationCode;
  readonly field: string;
  readonly message: string;
  readonly suggestion?: string;
}

/** Where in the document a value of the policy stands; `default` where the document is silent. */
export function originOf({ origins = {} }: Policy, place: string): string {
  return (Object.hasOwn(origins, place) ? origins[place] : undefined) ?? "default";
}

/** Where the first of a list stands that matches. */
export function originIn(
  policy: Policy,
  place: string,
  list: readonly string[],
  matches: (value: string) => boolean,
): string | undefined {
  const index = list.findIndex(matches);
  return index === -1 ? undefined : originOf(policy, `${place}[${index}]`);
}

export function denied(rule: string, refusal: Refusal): RuleDecision {
  const violation: Violation = Object.freeze({ ...refusal });
  return { rule, field: refusal.field, outcome: "denied", reason: refusal.message, violation };
}

export function allowed(rule: string, field: string, reason: string): RuleDecision {
  return { rule, field, outcome: "allowed", reason };
}

/** `a, b, c`, cut where it gets long. */
export function listed(values: readonly string[]): string {
  if (values.length === 0) return "none";
  const shown = values.slice(0, 8).join(", ");
  return values.length > 8 ? `${shown} and ${values.length - 8} more` : shown;
}

/** Hostile text for a message. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80).toWellFormed()}…` : value);
}
