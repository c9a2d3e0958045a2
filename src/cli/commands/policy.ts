import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { collect } from "../options/declare-sandbox-options.ts";
import { withGroupOptions } from "../options/with-group-options.ts";
import { examples } from "./examples.ts";

export function policyCommand(choose: Choose): Command {
  return new Command("policy")
    .description("Check a policy, explain what it would say of a request, or show what holds for whom.")
    .usage("[options] check|explain|show|schema …")
    .addCommand(checkCommand(choose))
    .addCommand(explainCommand(choose))
    .addCommand(showCommand(choose))
    .addCommand(schemaCommand(choose))
    .addHelpText(
      "after",
      examples(
        "ctx-sandbox policy check policy.yaml --runtime docker",
        "ctx-sandbox policy explain --policy policy.yaml --egress pypi.org --memory 2048",
        "ctx-sandbox policy show policy.yaml --tenant trial-7",
      ),
    );
}

function checkCommand(choose: Choose): Command {
  return new Command("check")
    .description(
      "List every problem of a policy file with its place and, with --runtime, what that runtime cannot enforce.",
    )
    .argument("<file>", "YAML or JSON")
    .addHelpText(
      "after",
      `\nExit code: 0 when there is no problem, 78 when there are some.\n${examples(
        "ctx-sandbox policy check policy.yaml",
        "ctx-sandbox policy check policy.yaml --runtime embedded --json",
      )}`,
    )
    .action((file: string, options: RawOptions, command: Command) =>
      choose(
        async (context) => (await import("../actions/policy-check.ts")).checkPolicy(context, { file }),
        withGroupOptions(options, command),
      ),
    );
}

function explainCommand(choose: Choose): Command {
  const command = new Command("explain")
    .description("Say rule by rule what a policy thinks of a request; nothing is created.")
    .option("--image <reference>", "OCI image (default: the policy's own)")
    .option("--snapshot <name>", "a snapshot to make it from; its image is judged where --image names it")
    .option("--memory <mib>", "memory cap in MiB")
    .option("--cpus <number>", "CPU cap in cores")
    .option("--pids <number>", "cap of processes and threads")
    .option("--disk <mib>", "size of /workspace in MiB")
    .option("--open-files <number>", "cap of open files of a process")
    .option("--ttl <duration>", "life of the sandbox, such as 30m")
    .option("--profile <name>", "restricted or root")
    .option("--detached", "let it outlive its process")
    .option("--egress <host>", "a host to reach; repeatable", collect)
    .option("--secret <name>", "a secret to use; repeatable", collect)
    .option("--env <name>", "an environment variable to set; repeatable", collect)
    .option("--write-path <folder>", "a folder to write; repeatable", collect)
    .option("--user <user>", "user of a command")
    .option("--command <program>", "program of a command");
  return declareIdentity(command)
    .addHelpText(
      "after",
      `\nExit code: 0 when it is allowed, 77 when it is denied.\n${examples(
        "ctx-sandbox policy explain --policy policy.yaml --image python:3.11-slim --egress pypi.org",
        "ctx-sandbox policy explain --policy policy.yaml --tenant trial-7 --memory 4096 --json",
      )}`,
    )
    .action((options: RawOptions, self: Command) =>
      choose(
        async (context) => (await import("../actions/policy-explain.ts")).explainPolicy(context, { options }),
        withGroupOptions(options, self),
      ),
    );
}

function showCommand(choose: Choose): Command {
  const command = new Command("show")
    .description(
      "Show the policy that holds for an identity, with all defaults; of secrets only where they are.",
    )
    .argument("<file>", "YAML or JSON");
  return declareIdentity(command)
    .addHelpText(
      "after",
      examples(
        "ctx-sandbox policy show policy.yaml",
        "ctx-sandbox policy show policy.yaml --tenant trial-7 --label plan=free --json",
      ),
    )
    .action((file: string, options: RawOptions, self: Command) =>
      choose(
        async (context) => (await import("../actions/policy-show.ts")).showPolicy(context, { file, options }),
        withGroupOptions(options, self),
      ),
    );
}

function schemaCommand(choose: Choose): Command {
  return new Command("schema")
    .description("Print the JSON Schema of policy files, for editors.")
    .addHelpText("after", examples("ctx-sandbox policy schema > policy.schema.json"))
    .action((options: RawOptions, self: Command) =>
      choose(
        async (context) => (await import("../actions/policy-schema.ts")).showPolicySchema(context),
        withGroupOptions(options, self),
      ),
    );
}

function declareIdentity(command: Command): Command {
  return command
    .option("--session <name>", "the session that it is for")
    .option("--for-user <name>", "the person that it is for")
    .option("--label <key=value>", "label of the identity; repeatable", collect);
}
