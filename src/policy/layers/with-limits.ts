import type { AuditLog } from "../../audit/audit-log.ts";
import { isSandboxError, type Violation } from "../../errors/index.ts";
import type { RuntimeProcess, RuntimeSandbox, SandboxRuntime } from "../../runtime/index.ts";
import { passThrough } from "../../util/pass-through.ts";
import type { Policy, PolicyLimits } from "../policy.ts";
import { ByteBound, boundStream } from "./bound-stream.ts";
import { LimitGuard, tooManyBytes } from "./limit-guard.ts";
import { limitedProcess } from "./limited-process.ts";
import type { LiveSandbox } from "./live-sandbox.ts";
import { type EndSandbox, LiveSandboxes, type Place } from "./live-sandboxes.ts";
import { overFiles, overProcess, overRuntime, overSandbox } from "./over-runtime.ts";

/** What the limits layer needs beside the runtime. */
export interface LimitsLayerOptions {
  readonly policy: Pick<Policy, "limits" | "mode">;
  readonly audit: AuditLog;
}

interface LimitsContext {
  readonly limits: PolicyLimits;
  readonly live: LiveSandboxes;
  readonly guard: LimitGuard;
}

/**
 * Holds what no runtime caps by itself: how many sandboxes and commands, how long they may live, how much they may print and be sent.
 * Places are taken before the slow work begins, so that a race cannot go over a quota. In shadow mode it only tells.
 */
export function withLimits(runtime: SandboxRuntime, options: LimitsLayerOptions): SandboxRuntime {
  const { policy, audit } = options;
  const { limits } = policy;
  if (Object.keys(limits).length === 0) return runtime;
  const guard = new LimitGuard(policy.mode, audit);
  const live = new LiveSandboxes(limits, endWith(guard, audit, limits));
  const context = { limits, live, guard };

  return overRuntime(runtime, {
    create: async (spec, createOptions) => {
      const { name } = spec;
      const place = live.placeFor(name);
      try {
        await take(
          place,
          (violations) => guard.refuse(`Creating sandbox "${name}"`, name, violations),
          guard,
        );
        const sandbox = await runtime.create(spec, createOptions);
        return limitedSandbox(sandbox, live.add(sandbox), context);
      } catch (error) {
        place.cancel();
        throw error;
      } finally {
        place.release();
      }
    },
    attach: async (name, attachOptions) =>
      limitedSandbox(
        await runtime.attach(name, attachOptions).catch((error: unknown) => {
          if (isSandboxError(error, "not_found")) live.lost(name);
          throw error;
        }),
        live.find(name),
        context,
      ),
    close: async () => {
      live.close();
      await runtime.close();
    },
  });
}

/** Takes a place in the same breath in which it was looked for, unless that is refused. */
async function take(
  place: Place,
  refuse: (violations: readonly Violation[]) => Promise<void>,
  { isEnforcing }: LimitGuard,
): Promise<void> {
  const { violations } = place;
  if (violations.length === 0 || !isEnforcing) place.take();
  if (violations.length > 0) await refuse(violations);
}

function endWith(guard: LimitGuard, audit: AuditLog, limits: PolicyLimits): EndSandbox {
  return async (sandbox, reason) => {
    const { name } = sandbox;
    if (!guard.isEnforcing) {
      const message = `Its time is over: the policy allows ${limits[reason]} ms (limits.${reason}).`;
      const violation = { code: "limit_exceeded", field: reason, message };
      await guard.refuse(`Keeping sandbox "${name}"`, name, [violation]).catch(() => {});
      return "kept";
    }
    await audit.record({ type: "sandbox.expired", sandbox: name, detail: { reason } }).catch(() => {});
    await sandbox.destroy();
    return "removed";
  };
}

/** `made` is what is known of it where this client made it. */
function limitedSandbox(
  sandbox: RuntimeSandbox,
  made: LiveSandbox | undefined,
  { limits, live, guard }: LimitsContext,
): RuntimeSandbox {
  const { name, snapshot } = sandbox;
  const active = <T>(call: () => Promise<T>): Promise<T> => (made === undefined ? call() : made.during(call));
  const used = <Value extends object>(values: AsyncIterable<Value>) =>
    passThrough(values, (value) => {
      made?.touch();
      return value;
    });
  return overSandbox(sandbox, {
    files: overFiles(sandbox.files, (_operation, _path, call) => active(call)),
    spawn: async (command, options) => {
      if (command.writes !== undefined) {
        const process = await sandbox.spawn(command, options);
        void active(() => process.wait()).catch(() => {});
        return boundedWrite(process, uploadBound(name, limits, guard, "file.written"));
      }
      const place = live.placeForExec(name, made);
      const what = `A command in sandbox "${name}"`;
      try {
        await take(place, (violations) => guard.refuse(what, name, violations), guard);
        const process = await sandbox.spawn(command, options);
        return limitedProcess(process, limits, { sandbox: name, guard, onEnd: place.release });
      } catch (error) {
        place.cancel();
        throw error;
      }
    },
    tarIn: (directory, archive, options) => {
      const bounded = boundStream(archive, ({ length }) => length, uploadBound(name, limits, guard));
      return active(() => sandbox.tarIn(directory, bounded, options));
    },
    tarOut: (path, options) => used(sandbox.tarOut(path, options)),
    logs: (options) => used(sandbox.logs(options)),
    start: (options) => active(() => sandbox.start(options)),
    ...(snapshot && {
      snapshot: (given, options) => active(() => snapshot.call(sandbox, given, options)),
    }),
    extend: async (expiresAt) => {
      await refuseLongerLife(sandbox, made, expiresAt, { limits, guard });
      await active(() => sandbox.extend(expiresAt));
    },
    destroy: async (options) => {
      await sandbox.destroy(options);
      if (made !== undefined) live.remove(made);
    },
  });
}

/** A write of any length is an upload like any other, and is ended when it is too large. */
function boundedWrite(process: RuntimeProcess, bound: ByteBound | undefined): RuntimeProcess {
  if (bound === undefined) return process;
  return overProcess(process, {
    writeStdin: async (data) => {
      bound.add(data.length);
      await process.writeStdin(data);
    },
  });
}

/** `unseen` is the operation whose refusal nobody above records. */
function uploadBound(
  name: string,
  { uploadBytes }: PolicyLimits,
  guard: LimitGuard,
  unseen?: "file.written",
): ByteBound | undefined {
  if (uploadBytes === undefined) return undefined;
  const what = `An upload to sandbox "${name}"`;
  const violation = tooManyBytes("uploadBytes", uploadBytes, "Send less at once.");
  const excess = { what, sandbox: name, violation };
  return new ByteBound(uploadBytes, () => (unseen ? guard.stop(excess, unseen) : guard.refusal(excess)));
}

async function refuseLongerLife(
  sandbox: RuntimeSandbox,
  made: LiveSandbox | undefined,
  asked: Date,
  { limits: { lifetimeMs }, guard }: Pick<LimitsContext, "limits" | "guard">,
): Promise<void> {
  if (lifetimeMs === undefined) return;
  const createdAtMs = made?.createdAtMs ?? (await sandbox.inspect()).createdAt.getTime();
  const latest = new Date(createdAtMs + lifetimeMs);
  if (asked <= latest) return;
  const violation = {
    code: "limit_exceeded",
    field: "ttlMs",
    message: `The sandbox may live until ${latest.toISOString()} (limits.lifetimeMs), not until ${asked.toISOString()}.`,
    suggestion: "Ask for less, or make a new sandbox.",
  };
  await guard.refuse(`A longer life of sandbox "${sandbox.name}"`, sandbox.name, [violation]);
}
