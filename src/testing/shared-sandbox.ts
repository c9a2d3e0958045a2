import { randomBytes } from "node:crypto";
import type { SandboxClient, SandboxHandle } from "../sandbox/index.ts";

/** A sandbox for clauses that need no fresh one. */
export interface SharedSandbox {
  /** The sandbox; a new one when the last was harmed. */
  get(): Promise<SandboxHandle>;
  close(): Promise<void>;
}

/** Creates the sandbox when it is first asked for. */
export function sharedSandbox(client: SandboxClient): SharedSandbox {
  let current: Promise<SandboxHandle> | undefined;
  const create = () => client.create({ name: `conformance-shared-${randomBytes(4).toString("hex")}` });
  const renewed = async (sandbox: SandboxHandle) => {
    const status = await sandbox.info().then(
      (info) => info.status,
      () => "lost",
    );
    return status === "running" ? sandbox : await create();
  };
  return {
    get() {
      current = current?.then(renewed, create) ?? create();
      return current;
    },
    async close() {
      const sandbox = await current?.catch(() => undefined);
      await sandbox?.remove();
    },
  };
}
