import type { AuditLog } from "../../audit/audit-log.ts";
import type { EgressBroker, EgressBrokerOptions } from "../../egress/egress-broker.ts";
import type { RuntimeSandbox, RuntimeSpec, SandboxEgress, SandboxRuntime } from "../../runtime/index.ts";
import type { Policy } from "../policy.ts";
import { auditEgress } from "./audit-egress.ts";
import { narrowing } from "./narrow-egress.ts";
import { overRuntime, overSandbox } from "./over-runtime.ts";
import type { ProxySecrets } from "./proxy-secrets.ts";

/** What the egress layer needs beside the runtime. */
export interface EgressLayerOptions {
  readonly egress?: Omit<Policy["egress"], "allow">;
  readonly audit?: AuditLog;
  readonly proxySecrets?: ProxySecrets;
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

  const wrap = (sandbox: RuntimeSandbox): RuntimeSandbox => {
    const { name } = sandbox;
    const broker = brokers.get(name);
    if (broker === undefined) return sandbox;
    const end = () => {
      broker.close();
      if (brokers.get(name) === broker) brokers.delete(name);
    };
    return overSandbox(sandbox, {
      egress: sandboxEgress(name, broker, options.audit),
      spawn: async (command, spawnOptions) => {
        const placeholders = options.proxySecrets?.environment(name) ?? {};
        return await sandbox.spawn({ ...command, env: { ...command.env, ...placeholders } }, spawnOptions);
      },
      destroy: async (destroyOptions) => {
        end();
        options.proxySecrets?.forget(name);
        await sandbox.destroy(destroyOptions);
      },
    });
  };

  return overRuntime(runtime, {
    capabilities: Object.freeze({
      ...capabilities,
      egress: Object.freeze([
        ...capabilities.egress.filter((mode) => mode !== "gateway"),
        "allowlist",
      ] as const),
    }),
    create: async (spec, createOptions) => {
      const { egress: allow = [], ...rest } = spec;
      if (allow.length === 0) return await runtime.create(rest, createOptions);
      const broker = await makeBroker(spec, allow, options);
      brokers.get(spec.name)?.close();
      try {
        const sandbox = await runtime.create({ ...rest, gateway: broker }, createOptions);
        brokers.set(spec.name, broker);
        return wrap(sandbox);
      } catch (error) {
        broker.close();
        options.proxySecrets?.forget(spec.name);
        throw error;
      }
    },
    attach: async (name, attachOptions) => wrap(await runtime.attach(name, attachOptions)),
    close: async () => {
      for (const broker of brokers.values()) broker.close();
      brokers.clear();
      await runtime.close();
    },
  });
}

async function makeBroker(
  spec: RuntimeSpec,
  allow: readonly string[],
  { egress, audit, proxySecrets }: EgressLayerOptions,
): Promise<EgressBroker> {
  const { createEgressBroker } = await import("../../egress/index.ts");
  const secrets = proxySecrets?.bind(spec) ?? [];
  const brokerOptions: EgressBrokerOptions = {
    sandbox: spec.name,
    allow,
    ...(egress && { network: egress.network, limits: egress.limits }),
    ...(secrets.length > 0 && { secrets }),
    ...(audit && auditEgress(audit, spec.name)),
  };
  return createEgressBroker(brokerOptions);
}

function sandboxEgress(name: string, broker: EgressBroker, audit: AuditLog | undefined): SandboxEgress {
  return {
    get allow() {
      return broker.allow;
    },
    narrow: async (allow) => {
      await narrowing(name, broker.allow, allow);
      await audit?.record({
        type: "egress.updated",
        sandbox: name,
        detail: { before: broker.allow, after: allow, by: "agent" },
      });
      broker.update(allow);
    },
  };
}
