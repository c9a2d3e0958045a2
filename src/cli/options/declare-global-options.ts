import { type Command, Option } from "commander";

/** The options of every command; they may stand before or after the command's name. */
export function declareGlobalOptions(command: Command): void {
  for (const [flags, description] of [
    [
      "--runtime <name>",
      "microsandbox, docker, embedded (isolation: interpreter), or auto, the strongest available (default: auto)",
    ],
    [
      "--docker-host <url>",
      "address of the Docker engine, implies --runtime docker (default: DOCKER_HOST, then the usual sockets)",
    ],
    [
      "--namespace <name>",
      "keeps the sandboxes of several platforms on one engine or machine apart (default: ctx-sandbox)",
    ],
    [
      "--minimum-isolation <level>",
      "refuse anything weaker: microvm, kernel, container, namespace, interpreter",
    ],
    ["--policy <file>", "the platform's policy, YAML or JSON; everything it does not allow is refused"],
    ["--tenant <name>", "on whose behalf: chooses the policy's profiles, stands in the audit log"],
    ["--agent <name>", "which agent acts, as --tenant"],
    ["--json", "print exactly one JSON document to stdout (one a line where output is followed)"],
    ["-q, --quiet", "no progress and no notices on stderr"],
    ["--no-color", "no colours, as with the environment variable NO_COLOR"],
  ] as const) {
    command.addOption(new Option(flags, description).helpGroup("Global options:"));
  }
}
