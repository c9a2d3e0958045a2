import { randomBytes } from "node:crypto";
import { type CliOptions, runCli, runCliJson, startCli } from "./run-cli.ts";

type RunOptions = NonNullable<Parameters<typeof runCli>[1]>;

/** The command line on one Docker engine, with names and labels that no other test run has. */
export function dockerCli(host: string) {
  const env = { DOCKER_HOST: host };
  // A namespace of its own: clients of other tests reap, and would take what a test has left for `reap` to find.
  const namespace = `cli-${randomBytes(4).toString("hex")}`;
  const onDocker = (args: readonly string[]) => ["--runtime", "docker", "--namespace", namespace, ...args];
  const made: string[] = [];
  const run = (args: readonly string[], options: RunOptions = {}) =>
    runCli(onDocker(args), { env, ...options });
  const json = (args: readonly string[], options: RunOptions = {}) =>
    runCliJson(onDocker(args), { env, ...options });
  return {
    run,
    json,
    start: (args: readonly string[], options: CliOptions = {}) =>
      startCli(onDocker(args), { env, ...options }),
    /** A new name; what it names is removed by removeMade. */
    name: () => {
      const name = `cli-${randomBytes(6).toString("hex")}`;
      made.push(name);
      return name;
    },
    /** A new label, as KEY=VALUE. */
    label: () => `suite=${randomBytes(6).toString("hex")}`,
    /** The sandboxes that have a label. */
    namesOf: async (label: string): Promise<string[]> => {
      const { document } = await json(["ls", "--label", label]);
      return (document.sandboxes as { name: string }[]).map(({ name }) => name);
    },
    removeMade: async () => {
      if (made.length > 0) await run(["rm", ...made]);
    },
  };
}
