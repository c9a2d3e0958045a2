import { type Policy, parsePolicy, resolvePolicy } from "../../../src/policy/index.ts";
import type { RuntimeSpec } from "../../../src/runtime/index.ts";

/** The policy that a document means for an identity. */
export function policyOf(document: object, identity?: Parameters<typeof resolvePolicy>[1]): Policy {
  return resolvePolicy(parsePolicy(document), identity);
}

/** A request that nothing but the image stands against. */
export function specOf(changes: Partial<RuntimeSpec> = {}): RuntimeSpec {
  return {
    name: "box",
    image: "python:3.11-slim",
    caps: { memoryMib: 512, cpus: 1, pids: 256, diskMib: 256, openFiles: 1024 },
    env: {},
    labels: {},
    profile: "restricted",
    owner: { host: "here", pid: 1, startedAt: "0" } as unknown as NonNullable<RuntimeSpec["owner"]>,
    ...changes,
  };
}

/** The least that admits {@link specOf}. */
export const permissive = { images: { allow: ["python:3.11-slim"] } };
