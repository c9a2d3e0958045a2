import type { Command } from "commander";

/** The options that say what kind of sandbox is made; shared by `run` and `create`. */
export function declareSandboxOptions(command: Command): Command {
  return command
    .option("--image <reference>", "OCI image (default: python:3.11-slim)")
    .option("--snapshot <name>", "a snapshot to begin with the files of, in place of an image")
    .option("--memory <mib>", "memory cap in MiB (default: 512)")
    .option("--cpus <number>", "CPU cap in cores, may be a fraction (default: 1)")
    .option("--pids <number>", "cap of processes and threads (default: 256)")
    .option("--disk <mib>", "size of /workspace in MiB (default: 256)")
    .option("--open-files <number>", "cap of open files of a process (default: 1024)")
    .option("--profile <name>", "restricted or root (default: restricted)")
    .option(
      "--env <name=value>",
      "environment variable; NAME alone takes the caller's value; repeatable",
      collect,
    )
    .option(
      "--egress <rule>",
      "what may be reached: example.com, *.example.com, host:port, tcp://host:port; repeatable (default: nothing)",
      collect,
    )
    .option("--secret <name>", "a secret that the policy grants, by its logical name; repeatable", collect)
    .option("--label <key=value>", "label; repeatable", collect);
}

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
