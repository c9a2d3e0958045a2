import type { RuntimeSpec } from "../../runtime/index.ts";
import { isInside, writePathProblem } from "../document/write-paths.ts";
import type { Policy, RuleDecision } from "../policy.ts";
import { allowed, denied, listed, originIn, originOf, quoted } from "./decision.ts";

/** Labels with this prefix are the platform's: no caller can set one. */
const reservedPrefix = "ctx-sandbox.";

/** The user and root file system of a sandbox. */
export function judgePrivileges(policy: Policy, profile: RuntimeSpec["profile"]): RuleDecision {
  const rule = originIn(policy, "privileges", policy.privileges, (granted) => granted === profile);
  if (rule !== undefined) return allowed(rule, "profile", `The profile "${profile}" is in the list.`);
  return denied("default", {
    code: "privileges_not_allowed",
    field: "profile",
    message: `The profile "${profile}" is not allowed.`,
    suggestion: `Allowed are ${listed(policy.privileges)}.`,
  });
}

/** Whether a sandbox may outlive its process; nothing to decide for one that does not. */
export function judgeDetached(policy: Policy, detached: boolean): readonly RuleDecision[] {
  if (!detached) return [];
  const rule = originOf(policy, "detached");
  if (policy.detached) return [allowed(rule, "detached", "Sandboxes may outlive their process.")];
  return [
    denied(rule, {
      code: "detached_not_allowed",
      field: "detached",
      message: "A sandbox may not outlive the process that makes it.",
      suggestion: "Leave detached out.",
    }),
  ];
}

/** The labels that are the platform's own. */
export function judgeLabels(labels: Readonly<Record<string, string>>): readonly RuleDecision[] {
  return Object.keys(labels)
    .filter((key) => key.toLowerCase().startsWith(reservedPrefix))
    .map((key) =>
      denied("default", {
        code: "label_reserved",
        field: `labels.${key}`,
        message: `The label ${quoted(key)} is the platform's own.`,
        suggestion: `Choose one that does not begin with ${reservedPrefix}`,
      }),
    );
}

/** The folders that can be written: those of the policy, or what is asked for inside them. */
export function judgeWritePaths(
  policy: Policy,
  asked: readonly string[] | undefined,
): { readonly decisions: readonly RuleDecision[]; readonly granted: readonly string[] | undefined } {
  const { writePaths } = policy;
  const field = "writePaths";
  if (asked === undefined) {
    if (writePaths === undefined) return { decisions: [], granted: undefined };
    const reason = `Files can be written below ${listed(writePaths)} alone.`;
    const rule = originOf(policy, "writePaths[0]");
    return { decisions: [{ rule, field, outcome: "defaulted", reason }], granted: writePaths };
  }
  const decisions = asked.map((path, index) => {
    const at = `${field}.${index}`;
    const rule = originIn(policy, field, writePaths ?? [], (folder) => isInside(path, folder));
    const isSound = writePathProblem(path) === undefined;
    if (isSound && writePaths === undefined) return allowed("default", at, "The policy sets no limit.");
    if (isSound && rule !== undefined) return allowed(rule, at, `${quoted(path)} is in the list.`);
    return denied("default", {
      code: "write_path_not_allowed",
      field: at,
      message: `${quoted(path)} is not a folder that may be written.`,
      suggestion:
        writePaths === undefined
          ? "Name an absolute, normalised folder."
          : `Allowed are ${listed(writePaths)}.`,
    });
  });
  return { decisions, granted: asked };
}
