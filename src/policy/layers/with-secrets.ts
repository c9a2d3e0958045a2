import type { RuntimeSandbox, SandboxRuntime } from "../../runtime/index.ts";
import { EnvironmentSecrets, type SecretsLayerOptions } from "./environment-secrets.ts";
import { filterBytes, filterOutput } from "./filter-output.ts";
import { overProcess, overRuntime, overSandbox } from "./over-runtime.ts";
import { secretsLabel } from "./reserved-labels.ts";
import { spawnWhile } from "./spawn-while.ts";

/**
 * Gives each command of a sandbox the values of its `env` secrets, read at that moment, and takes them out of what comes back. The
 * sandbox itself is only labelled with their names, so that a process that takes it over gives the same.
 */
export function withSecrets(runtime: SandboxRuntime, options: SecretsLayerOptions): SandboxRuntime {
  const { secrets, audit } = options;
  if (Object.keys(secrets).length === 0) return runtime;
  const isInEnvironment = (name: string) => Object.hasOwn(secrets, name) && secrets[name]?.inject === "env";
  const withNames = (sandbox: RuntimeSandbox, names: readonly string[]) =>
    names.length === 0
      ? sandbox
      : sandboxWithSecrets(sandbox, new EnvironmentSecrets(sandbox.name, names, options), options);

  return overRuntime(runtime, {
    create: async (spec, createOptions) => {
      const asked = spec.secrets ?? [];
      if (asked.length === 0) return await runtime.create(spec, createOptions);
      const granted = asked.filter((name) => Object.hasOwn(secrets, name));
      await audit.record({ type: "secret.granted", sandbox: spec.name, detail: { secrets: granted } });
      const names = asked.filter(isInEnvironment);
      const labels = names.length === 0 ? spec.labels : { ...spec.labels, [secretsLabel]: names.join(",") };
      return withNames(await runtime.create({ ...spec, labels }, createOptions), names);
    },
    attach: async (name, attachOptions) => {
      const sandbox = await runtime.attach(name, attachOptions);
      const { labels } = await sandbox.inspect(attachOptions);
      return withNames(sandbox, (labels[secretsLabel] ?? "").split(",").filter(isInEnvironment));
    },
  });
}

function sandboxWithSecrets(
  sandbox: RuntimeSandbox,
  secrets: EnvironmentSecrets,
  { audit }: SecretsLayerOptions,
): RuntimeSandbox {
  return overSandbox(sandbox, {
    spawn: async (command, spawnOptions) => {
      if (command.writes !== undefined) return await sandbox.spawn(command, spawnOptions);
      const values = await secrets.read();
      const redactor = secrets.redactor(values);
      const env = { ...command.env, ...secrets.variables(values) };
      const detail = { secrets: secrets.names, inject: "env" };
      const process = await spawnWhile(
        audit.record({ type: "secret.used", sandbox: sandbox.name, detail }),
        () => sandbox.spawn({ ...command, env, ...(redactor && { logFilter: redactor }) }, spawnOptions),
      );
      if (redactor === undefined) return process;
      return overProcess(process, { output: filterOutput(process.output, redactor) });
    },
    logs: async function* (logsOptions) {
      const redactor = secrets.redactor(await secrets.read());
      const bytes = sandbox.logs(logsOptions);
      yield* redactor === undefined ? bytes : filterBytes(bytes, redactor());
    },
  });
}
