import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SandboxSpec } from "../sandbox/index.ts";
import type { ClauseContext } from "./clause-context.ts";
import { clientUnderTest } from "./client-under-test.ts";
import { startSecondProcess } from "./second-process.ts";
import type { SessionState } from "./session-state.ts";

/** A clause's context and the end of all that came from it. */
export interface ClauseScope {
  readonly context: ClauseContext;
  /** Cleans up, last made first; rejects with what went wrong after trying everything. */
  close(): Promise<void>;
}

/** A scope for one clause. */
export function createClauseScope({ options, runtime, client, shared }: SessionState): ClauseScope {
  const actions: (() => Promise<unknown>)[] = [];
  const afterwards = (action: () => Promise<unknown>) => void actions.push(action);
  const names = new Set<string>();
  const name = () => {
    const made = `conformance-${randomBytes(6).toString("hex")}`;
    names.add(made);
    return made;
  };
  const spec = (fields: Partial<SandboxSpec> = {}): SandboxSpec => ({
    ...fields,
    name: fields.name ?? name(),
  });
  const context: ClauseContext = {
    runtime,
    client,
    capabilities: runtime.capabilities,
    slowness: options.slowness ?? 1,
    name,
    spec,
    shared,
    afterwards,
    snapshotName() {
      const made = `conformance-${randomBytes(6).toString("hex")}`;
      afterwards(() => client.removeSnapshot(made));
      return made;
    },
    sandbox(fields) {
      const complete = spec(fields);
      names.add(complete.name);
      return client.create(complete);
    },
    async folder(sandbox) {
      const path = `/workspace/clause-${randomBytes(6).toString("hex")}`;
      await sandbox.files.mkdir(path);
      return path;
    },
    async hostFolder() {
      const path = await mkdtemp(join(tmpdir(), "ctx-sandbox-conformance-"));
      afterwards(() => rm(path, { recursive: true, force: true }));
      return path;
    },
    ownClient() {
      const ownRuntime = options.createRuntime();
      const ownClient = clientUnderTest(ownRuntime, options);
      afterwards(() => ownClient.close());
      return { runtime: ownRuntime, client: ownClient };
    },
    async secondProcess() {
      const process = await startSecondProcess(options.secondProcessModule ?? "", options.image);
      afterwards(() => process.kill());
      return process;
    },
  };
  return {
    context,
    async close() {
      const failures: unknown[] = [];
      const removals = [...names].map((each) => () => client.remove(each));
      for (const action of [...actions.reverse(), ...removals]) {
        await action().catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0)
        throw new AggregateError(failures, `cleaning up failed: ${failures.join("; ")}`);
    },
  };
}
