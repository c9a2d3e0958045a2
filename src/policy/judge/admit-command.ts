import type { Violation } from "../../errors/index.ts";
import type { RuntimeCommand } from "../../runtime/index.ts";
import type { CommandHook, Policy } from "../policy.ts";
import { askHook } from "./ask-hook.ts";
import { judgeProgram, judgeUser } from "./judge-command.ts";
import { judgeEnvironment } from "./judge-environment.ts";

/** The sandbox in which a command is to run. */
export interface CommandContext {
  readonly sandbox: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Names of the secrets that the sandbox has, whose variables a command cannot set. @default [] */
  readonly secrets?: readonly string[];
}

/** Everything that the policy has against a command; empty when it is granted. The hook is asked last, and only when nothing else stands against it. */
export async function admitCommand(
  policy: Policy,
  command: RuntimeCommand,
  { sandbox, labels, secrets = [] }: CommandContext,
): Promise<readonly Violation[]> {
  const envNames = Object.keys(command.env);
  const violations = [
    ...judgeUser(policy, command.user),
    ...judgeEnvironment(policy, envNames, { secrets, hasEgress: false }),
    judgeProgram(policy, command.argv[0], command.cwd),
  ].flatMap(({ violation }) => (violation === undefined ? [] : [violation]));
  const { hook } = policy.commands;
  if (hook === undefined || violations.length > 0) return violations;

  const { cwd, user } = command;
  const asked: Parameters<CommandHook>[0] = {
    argv: Object.freeze([...command.argv]) as RuntimeCommand["argv"],
    cwd,
    envNames: Object.freeze(envNames),
    ...(user !== undefined && { user }),
  };
  const reason = await askHook(() => hook(asked, { sandbox, labels }));
  return reason === undefined ? [] : [{ code: "command_refused", field: "cmd", message: reason }];
}
