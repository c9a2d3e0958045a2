import { posix } from "node:path";
import type { Policy, RuleDecision } from "../policy.ts";
import { allowed, denied, listed, originIn, originOf, quoted } from "./decision.ts";

/** The user of a command, compared as written; nothing to decide for the sandbox's own. */
export function judgeUser(policy: Policy, user: string | undefined): readonly RuleDecision[] {
  if (user === undefined) return [];
  const rule = originIn(policy, "users", policy.users, (granted) => granted === user || granted === "*");
  if (rule !== undefined) return [allowed(rule, "user", `The user ${quoted(user)} is in the list.`)];
  return [
    denied("default", {
      code: "user_not_allowed",
      field: "user",
      message: `Commands may not run as the user ${quoted(user)}.`,
      suggestion:
        policy.users.length === 0
          ? "Leave user out: only the sandbox's own is allowed."
          : `Allowed are ${listed(policy.users)}.`,
    }),
  ];
}

/** The program that a command names, by its base name and by its path. No boundary: what a shell starts is not seen here. */
export function judgeProgram(policy: Policy, program: string, cwd = "/"): RuleDecision {
  const { deny } = policy.commands;
  const path = program.includes("/") ? posix.resolve(cwd, program) : undefined;
  const name = posix.basename(path ?? program);
  const index = deny.findIndex((entry) =>
    entry.includes("/") ? path !== undefined && posix.normalize(entry) === path : entry === name,
  );
  if (index === -1)
    return allowed("default", "cmd", `${quoted(program)} is not in the list of what is denied.`);
  return denied(originOf(policy, `commands.deny[${index}]`), {
    code: "command_not_allowed",
    field: "cmd",
    message: `The program ${quoted(program)} may not be run.`,
  });
}
