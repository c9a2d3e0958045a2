import type { AuditLog } from "../../audit/audit-log.ts";
import { PolicyViolation } from "../../errors/index.ts";
import type { RuntimeSandbox, SandboxRuntime } from "../../runtime/index.ts";
import type { Policy, PolicyLimits } from "../policy.ts";
import { boundStream } from "./bound-stream.ts";
import { limitedProcess } from "./limited-process.ts";
import { LiveSandboxes } from "./live-sandboxes.ts";
import { overFiles, overRuntime, overSandbox } from "./over-runtime.ts";

/** What the limits layer needs beside the runtime. */
export interface LimitsLayerOptions {
  readonly policy: Pick<Policy, "limits" | "mode">;
  readonly audit: AuditLog;
}

/**
 * Holds what no runtime caps by itself: how many sandboxes and commands, how long they may live, how much they may print and be sent.
 * Places are reserved before the slow work begins, so that a race cannot go over a quota.
 */
export function withLimits(runtime: SandboxRuntime, options: LimitsLayerOptions): SandboxRuntime {
  const { policy, audit } = options;
  if (policy.mode === "shadow" || Object.keys(policy.limits).length === 0) return runtime;
  const live = new LiveSandboxes(policy.limits, async (sandbox, reason) => {
    await audit
      .record({ type: "sandbox.expired", sandbox: sandbox.name, detail: { reason } })
      .catch(() => {});
    await sandbox.destroy();
  });

  return overRuntime(runtime, {
    create: async (spec, createOptions) => {
      const release = live.reserve(spec.name);
      try {
        const sandbox = await runtime.create(spec, createOptions);
        live.add(sandbox, spec);
        return limitedSandbox(sandbox, policy.limits, live);
      } catch (error) {
        release();
        throw error;
      }
    },
    attach: async (name, attachOptions) =>
      limitedSandbox(await runtime.attach(name, attachOptions), policy.limits, live),
    close: async () => {
      live.close();
      await runtime.close();
    },
  });
}

function limitedSandbox(sandbox: RuntimeSandbox, limits: PolicyLimits, live: LiveSandboxes): RuntimeSandbox {
  const { name } = sandbox;
  const active = async <T>(call: () => Promise<T>): Promise<T> => {
    live.touch(name);
    try {
      return await call();
    } finally {
      live.touch(name);
    }
  };
  return overSandbox(sandbox, {
    files: overFiles(sandbox.files, (_operation, _path, call) => active(call)),
    spawn: async (command, options) => {
      const end = live.beginExec(name);
      try {
        return limitedProcess(await sandbox.spawn(command, options), limits, { sandbox: name, onEnd: end });
      } catch (error) {
        end();
        throw error;
      }
    },
    tarIn: (directory, archive, options) => {
      const { uploadBytes: limit } = limits;
      const bound = { limit: limit ?? 0, field: "uploadBytes", sandbox: name, ...uploadTexts(name) } as const;
      const bounded = limit === undefined ? archive : boundStream(archive, ({ length }) => length, bound);
      return active(() => sandbox.tarIn(directory, bounded, options));
    },
    start: (options) => active(() => sandbox.start(options)),
    extend: async (expiresAt) => {
      refuseLongerLife(name, live.latestExpiry(name), expiresAt);
      await active(() => sandbox.extend(expiresAt));
    },
    destroy: async (options) => {
      await sandbox.destroy(options);
      live.remove(name);
    },
  });
}

function uploadTexts(sandbox: string) {
  return { what: `An upload to sandbox "${sandbox}"`, suggestion: "Send less at once." };
}

function refuseLongerLife(sandbox: string, latest: Date | undefined, asked: Date): void {
  if (latest === undefined || asked <= latest) return;
  const violation = {
    code: "limit_exceeded",
    field: "ttlMs",
    message: `The sandbox may live until ${latest.toISOString()} (limits.lifetimeMs), not until ${asked.toISOString()}.`,
    suggestion: "Ask for less, or make a new sandbox.",
  };
  throw new PolicyViolation(`A longer life of sandbox "${sandbox}"`, [violation], { sandbox });
}
