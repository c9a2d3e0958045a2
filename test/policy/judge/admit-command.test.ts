import { describe, expect, test } from "vitest";
import { admitCommand, type CommandHook } from "../../../src/policy/index.ts";
import { askHook } from "../../../src/policy/judge/ask-hook.ts";
import type { RuntimeCommand } from "../../../src/runtime/index.ts";
import { policyOf } from "../support/policies.ts";

const sandbox = { sandbox: "box", labels: { team: "web" } };

function commandOf(changes: Partial<RuntimeCommand> = {}): RuntimeCommand {
  return { argv: ["ls", "-l"], env: {}, cwd: "/workspace", stdin: "none", ...changes };
}

async function refusals(document: object, changes: Partial<RuntimeCommand> = {}): Promise<string[]> {
  const violations = await admitCommand(policyOf(document), commandOf(changes), sandbox);
  return violations.map(({ code, field }) => `${code} ${field}`);
}

describe("admitCommand", () => {
  test("grants a plain command under the empty policy", async () => {
    expect(await refusals({})).toEqual([]);
  });

  test.each([
    ["root", [], ["user_not_allowed user"]],
    ["0:0", ["0"], ["user_not_allowed user"]],
    ["nobody", ["nobody"], []],
    ["root", ["*"], []],
  ])("user %s of %j: %j", async (user, users, expected) => {
    expect(await refusals({ users }, { user })).toEqual(expected);
  });

  test("judges the names of variables, and those of the sandbox's secrets", async () => {
    const document = {
      env: { allow: ["APP_*"] },
      secrets: { KEY: { from: { env: "K" }, inject: "env", env: "APP_KEY" } },
    };
    const env = { APP_A: "", APP_KEY: "", LD_PRELOAD: "" };
    expect(await refusals(document, { env })).toEqual(["env_not_allowed env.LD_PRELOAD"]);
    const violations = await admitCommand(policyOf(document), commandOf({ env }), {
      ...sandbox,
      secrets: ["KEY"],
    });
    expect(violations.map(({ code }) => code)).toEqual(["env_taken", "env_not_allowed"]);
  });

  test.each([
    ["curl", true],
    ["/usr/bin/curl", true],
    ["./curl", true],
    ["../bin/../curl", true],
    ["curl2", false],
    ["/opt/tool", true],
    ["/opt//x/../tool", true],
    ["../opt/tool", true],
    ["tool", false],
    ["/opt/tool/sub", false],
  ])("the program %s is denied: %s", async (program, isDenied) => {
    const found = await refusals({ commands: { deny: ["curl", "/opt/tool"] } }, { argv: [program] });
    expect(found).toEqual(isDenied ? ["command_not_allowed cmd"] : []);
  });

  test("asks the hook with names alone, and takes its reason", async () => {
    const asked: unknown[] = [];
    const hook: CommandHook = (command, context) => {
      asked.push(command, context);
      return command.argv[0] === "rm" ? "rm is not for agents" : undefined;
    };
    const document = { commands: { hook }, env: { allow: ["*"] } };
    expect(await refusals(document, { env: { A: "canary" } })).toEqual([]);
    const violations = await admitCommand(
      policyOf(document),
      commandOf({ argv: ["rm", "-rf", "/"] }),
      sandbox,
    );
    expect(violations).toEqual([{ code: "command_refused", field: "cmd", message: "rm is not for agents" }]);
    expect(asked[0]).toEqual({ argv: ["ls", "-l"], cwd: "/workspace", envNames: ["A"] });
    expect(asked[1]).toEqual(sandbox);
    expect(JSON.stringify(asked)).not.toContain("canary");
  });

  test("does not ask the hook about what is refused anyway", async () => {
    let calls = 0;
    const hook = () => void calls++;
    await refusals({ commands: { hook, deny: ["ls"] } });
    expect(calls).toBe(0);
  });

  test("a hook cannot change the command that it was shown", async () => {
    const hook: CommandHook = ({ argv }) => {
      (argv as unknown as string[])[0] = "true";
      return undefined;
    };
    const command = commandOf();
    const violations = await admitCommand(policyOf({ commands: { hook } }), command, sandbox);
    expect(violations[0]?.message).toMatch("hook failed");
    expect(command.argv).toEqual(["ls", "-l"]);
  });

  test.each([
    ["throws", () => Promise.reject(new Error("no database")), "failed: no database"],
    ["gives no clear answer", () => Promise.resolve(false), "neither a reason nor undefined"],
    ["gives null", () => null, "neither a reason nor undefined"],
    ["gives an empty reason", () => "", "refused the command"],
    ["hangs", () => new Promise(() => {}), "no answer within 20 ms"],
  ])("a hook that %s refuses", async (_, hook, message) => {
    expect(await askHook(hook, 20)).toMatch(message);
  });
});
