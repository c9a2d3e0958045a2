import { stringify } from "yaml";
import type { Policy } from "../policy.ts";

/** A policy as plain data, with the kind of each secret's source in place of the source, and whether there is a hook. */
export function policyData(policy: Policy): Record<string, unknown> {
  const { origins: _origins, secrets, commands, ...rest } = policy;
  const shown = Object.entries(secrets).map(([name, { from, ...secret }]) => [
    name,
    { from: Object.keys(from)[0] ?? "nowhere", ...secret },
  ]);
  const { hook, ...ownCommands } = commands;
  return {
    ...rest,
    secrets: Object.fromEntries(shown),
    commands: { ...ownCommands, hook: hook !== undefined },
  };
}

/** The same as text in YAML. */
export function policyText(policy: Policy): string {
  return stringify(policyData(policy), { lineWidth: 0, aliasDuplicateObjects: false });
}
