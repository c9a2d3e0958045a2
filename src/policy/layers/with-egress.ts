import type { AuditLog } from "../../audit/audit-log.ts";
import type { EgressBroker, EgressBrokerOptions } from "../../egress/egress-broker.ts";
import { isSandboxError } from "../../errors/index.ts";
import type {
  CreateOptions,
  RuntimeSandbox,
  RuntimeSpec,
  SandboxEgress,
  SandboxRuntime,
} from "../../runtime/index.ts";
import type { Policy } from "../policy.ts";
import { auditEgress } from "./audit-egress.ts";
import { type ConcealingOptions, concealSecrets } from "./conceal-secrets.ts";
import { narrowing } from "./narrow-egress.ts";
import { overRuntime, overSandbox } from "./over-runtime.ts";
import type { ProxySecrets } from "./proxy-secrets.ts";

/** What the egress layer needs beside the runtime. */
export interface EgressLayerOptions {
  readonly egress?: Omit<Policy["egress"], "allow">;
  readonly audit?: AuditLog;
  readonly proxySecrets?: ProxySecrets;
  /** Keeps the values of its secrets out of what is recorded of a sandbox's traffic. */
  readonly concealing?: ConcealingOptions;
  /** The brokers of the live sandboxes by name, for the platform's control. */
  readonly brokers?: Map<string, EgressBroker>;
}

/**
 * Gives each sandbox that asks for egress a broker of its own, and its runtime the broker as the only way out. The rules asked for
 * were judged above. A runtime that has no `gateway` keeps what it has.
 */
export function withEgress(runtime: SandboxRuntime, options: EgressLayerOptions = {}): SandboxRuntime {
  const { capabilities } = runtime;
  if (!capabilities.egress.includes("gateway")) return runtime;
  const brokers = options.brokers ?? new Map<string, EgressBroker>();
  const environments = new WeakMap<EgressBroker, Readonly<Record<string, string>>>();
  const opening = new Set<EgressBroker>();

  const end = (name: string, broker: EgressBroker | undefined) => {
    broker?.close();
    if (brokers.get(name) === broker) brokers.delete(name);
  };

  const wrap = (sandbox: RuntimeSandbox, broker: EgressBroker | undefined): RuntimeSandbox => {
    const { name } = sandbox;
    if (broker === undefined) return sandbox;
    return overSandbox(sandbox, {
      egress: sandboxEgress(name, broker, options.audit),
      spawn: async (command, spawnOptions) => {
        const env = { ...command.env, ...environments.get(broker) };
        return await sandbox.spawn({ ...command, env }, spawnOptions);
      },
      destroy: async (destroyOptions) => {
        end(name, broker);
        await sandbox.destroy(destroyOptions);
      },
    });
  };

  const createWithBroker = async (
    spec: RuntimeSpec,
    createOptions: CreateOptions | undefined,
    { broker, environment }: NewBroker,
  ): Promise<RuntimeSandbox> => {
    const { name } = spec;
    opening.add(broker);
    try {
      const sandbox = await runtime.create({ ...spec, gateway: broker }, createOptions);
      // Only now is the name this sandbox's: until then another may have had it.
      end(name, brokers.get(name));
      environments.set(broker, environment);
      // One that was closed meanwhile stays so.
      if (opening.has(broker)) brokers.set(name, broker);
      return wrap(sandbox, broker);
    } catch (error) {
      broker.close();
      throw error;
    } finally {
      opening.delete(broker);
    }
  };

  return overRuntime(runtime, {
    capabilities: Object.freeze({
      ...capabilities,
      egress: Object.freeze([
        ...capabilities.egress.filter((mode) => mode !== "gateway"),
        "allowlist",
      ] as const),
    }),
    create: async ({ egress: allow = [], ...spec }, createOptions) => {
      if (allow.length > 0)
        return await createWithBroker(spec, createOptions, await makeBroker(spec, allow, options));
      const sandbox = await runtime.create(spec, createOptions);
      end(spec.name, brokers.get(spec.name));
      return sandbox;
    },
    attach: async (name, attachOptions) => {
      const broker = brokers.get(name);
      try {
        return wrap(await runtime.attach(name, attachOptions), broker);
      } catch (error) {
        // Somebody else removed it.
        if (isSandboxError(error, "not_found")) end(name, broker);
        throw error;
      }
    },
    close: async () => {
      for (const broker of [...brokers.values(), ...opening]) broker.close();
      brokers.clear();
      opening.clear();
      await runtime.close();
    },
  });
}

/** A broker with what its sandbox's commands find in their environment. */
interface NewBroker {
  readonly broker: EgressBroker;
  readonly environment: Readonly<Record<string, string>>;
}

async function makeBroker(
  spec: RuntimeSpec,
  allow: readonly string[],
  { egress, audit, proxySecrets, concealing }: EgressLayerOptions,
): Promise<NewBroker> {
  const { createEgressBroker } = await import("../../egress/index.ts");
  const { bound: secrets = [], environment = {} } = proxySecrets?.bind(spec) ?? {};
  const conceal = concealing && spec.secrets?.length ? concealSecrets(spec.secrets, concealing) : undefined;
  const brokerOptions: EgressBrokerOptions = {
    sandbox: spec.name,
    allow,
    ...(egress && { network: egress.network, limits: egress.limits }),
    ...(secrets.length > 0 && { secrets }),
    ...(audit && auditEgress(audit, spec.name, conceal)),
  };
  return { broker: createEgressBroker(brokerOptions), environment };
}

function sandboxEgress(name: string, broker: EgressBroker, audit: AuditLog | undefined): SandboxEgress {
  return {
    get allow() {
      return broker.allow;
    },
    narrow: async (asked) => {
      const after = [...asked];
      for (;;) {
        const before = broker.allow;
        await narrowing(name, before, after);
        await audit?.record({
          type: "egress.updated",
          sandbox: name,
          detail: { before, after, by: "agent" },
        });
        // What came in between, such as the platform's own tightening, must not be undone.
        if (broker.allow !== before) continue;
        broker.update(after);
        return;
      }
    },
  };
}
