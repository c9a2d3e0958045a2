import type { AuditLog } from "../../audit/audit-log.ts";
import type { OutputFilter, RuntimeSandbox, SandboxRuntime } from "../../runtime/index.ts";
import type { SecretStore } from "../../secrets/secret-store.ts";
import type { Policy } from "../policy.ts";
import { filterBytes, filterOutput } from "./filter-output.ts";
import { overProcess, overRuntime, overSandbox } from "./over-runtime.ts";
import { secretsLabel } from "./reserved-labels.ts";

/** Makes a redactor for some secrets; told of each that it took out. */
export type NewRedactor = (
  secrets: readonly { readonly name: string; readonly value: string }[],
  onRedacted: (name: string) => void,
) => () => OutputFilter;

/** What the secrets layer needs beside the runtime. */
export interface SecretsLayerOptions {
  readonly secrets: Policy["secrets"];
  readonly store: SecretStore;
  readonly audit: AuditLog;
  readonly newRedactor: NewRedactor;
}

/**
 * Gives each command of a sandbox the values of its `env` secrets, read at that moment, and takes them out of what comes back. The
 * sandbox itself is only labelled with their names, so that a process that takes it over gives the same.
 */
export function withSecrets(runtime: SandboxRuntime, options: SecretsLayerOptions): SandboxRuntime {
  const { secrets, audit } = options;
  if (Object.keys(secrets).length === 0) return runtime;
  const isInEnvironment = (name: string) => Object.hasOwn(secrets, name) && secrets[name]?.inject === "env";

  return overRuntime(runtime, {
    create: async (spec, createOptions) => {
      const asked = spec.secrets ?? [];
      if (asked.length === 0) return await runtime.create(spec, createOptions);
      const names = asked.filter(isInEnvironment);
      const labels = names.length === 0 ? spec.labels : { ...spec.labels, [secretsLabel]: names.join(",") };
      const sandbox = await runtime.create({ ...spec, labels }, createOptions);
      await audit
        .record({ type: "secret.granted", sandbox: spec.name, detail: { secrets: asked } })
        .catch(async (error: unknown) => {
          await sandbox.destroy().catch(() => {});
          throw error;
        });
      return sandboxWithSecrets(sandbox, names, options);
    },
    attach: async (name, attachOptions) => {
      const sandbox = await runtime.attach(name, attachOptions);
      const { labels } = await sandbox.inspect(attachOptions);
      const names = (labels[secretsLabel] ?? "").split(",").filter(isInEnvironment);
      return sandboxWithSecrets(sandbox, names, options);
    },
  });
}

function sandboxWithSecrets(
  sandbox: RuntimeSandbox,
  names: readonly string[],
  options: SecretsLayerOptions,
): RuntimeSandbox {
  if (names.length === 0) return sandbox;
  const { secrets, store, audit, newRedactor } = options;
  const told = new Set<string>();
  const onRedacted = (secret: string) => {
    if (told.has(secret)) return;
    told.add(secret);
    const detail = { secret, where: "output" };
    audit
      .record({ type: "secret.redacted", outcome: "denied", sandbox: sandbox.name, detail })
      .catch(() => {});
  };
  const read = () => Promise.all(names.map(async (name) => ({ name, value: await store.read(name) })));
  const redactorFor = (values: readonly { readonly name: string; readonly value: string }[]) => {
    const hidden = values.filter(({ name }) => secrets[name]?.redact !== false);
    return hidden.length === 0 ? undefined : newRedactor(hidden, onRedacted);
  };

  return overSandbox(sandbox, {
    spawn: async (command, spawnOptions) => {
      const values = await read();
      const own = Object.fromEntries(values.map(({ name, value }) => [secrets[name]?.env ?? name, value]));
      const redactor = redactorFor(values);
      const [process] = await Promise.all([
        sandbox.spawn(
          { ...command, env: { ...command.env, ...own }, ...(redactor && { logFilter: redactor }) },
          spawnOptions,
        ),
        audit.record({
          type: "secret.used",
          sandbox: sandbox.name,
          detail: { secrets: names, inject: "env" },
        }),
      ]);
      if (redactor === undefined) return process;
      return overProcess(process, { output: filterOutput(process.output, redactor) });
    },
    logs: async function* (logsOptions) {
      const redactor = redactorFor(await read());
      const bytes = sandbox.logs(logsOptions);
      yield* redactor === undefined ? bytes : filterBytes(bytes, redactor());
    },
  });
}
