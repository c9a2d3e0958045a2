import { SandboxError } from "../errors/index.ts";
import {
  type CappedResource,
  defaultImage,
  hostImage,
  isIsolationAtLeast,
  type SandboxRuntime,
  unsupported,
} from "../runtime/index.ts";
import { shorten } from "../util/shorten.ts";
import type { SandboxSpec } from "./sandbox-spec.ts";

/** The part of a runtime that says what it can do. */
export type CapableRuntime = Pick<SandboxRuntime, "name" | "capabilities" | "secretNames" | "snapshots">;

const fieldsOfCaps = {
  memory: "memoryMib",
  cpus: "cpus",
  pids: "pids",
  disk: "diskMib",
  openFiles: "openFiles",
} as const satisfies Record<CappedResource, keyof SandboxSpec>;

/** Refuses a spec that asks for what the runtime cannot give or enforce. @throws {SandboxError} unsupported */
export function checkSpec(runtime: CapableRuntime, spec: SandboxSpec, image = defaultImage): void {
  const { name, capabilities } = runtime;
  const { minimumIsolation } = spec;
  if (minimumIsolation !== undefined) checkIsolation(runtime, minimumIsolation);
  if (spec.image !== undefined && spec.image !== image && !capabilities.images) {
    throw unsupported(name, "images", `the image ${JSON.stringify(spec.image)}`);
  }
  if (spec.snapshot !== undefined && !capabilities.snapshots) {
    throw unsupported(name, "snapshots", `the snapshot ${JSON.stringify(spec.snapshot)}`);
  }
  const usedImage = spec.image ?? (spec.snapshot === undefined ? image : undefined);
  if (usedImage !== undefined && hostImage(usedImage) !== undefined && !capabilities.hostImages)
    throw unsupported(name, "hostImages", `the image ${JSON.stringify(usedImage)}`);
  if (spec.profile === "root" && !capabilities.images)
    throw unsupported(name, "images", 'the profile "root"');
  for (const [resource, field] of Object.entries(fieldsOfCaps)) {
    if (spec[field] !== undefined && !capabilities.caps.includes(resource as CappedResource)) {
      throw unsupported(name, "caps", `${field}: ${spec[field]}`);
    }
  }
  checkEgress(runtime, spec);
  if (spec.secrets?.length && runtime.secretNames === undefined) throw nobodyGrants(name, spec.secrets);
  if (spec.detached && !capabilities.outlivesOwner)
    throw unsupported(name, "outlivesOwner", "detached: true");
}

function checkEgress({ name, capabilities }: CapableRuntime, { egress = [], detached }: SandboxSpec): void {
  if (egress.length === 0) return;
  const asked = `the egress list [${shorten(egress.join(", "))}]`;
  if (!capabilities.egress.includes("allowlist")) throw unsupported(name, "egress", asked);
  if (!detached) return;
  throw new SandboxError(
    "unsupported",
    `${asked} cannot be kept for a detached sandbox: its gateway lives in the process that makes it. Leave out detached, or egress.`,
    { data: { runtime: name, capability: "egress" } },
  );
}

function nobodyGrants(runtime: string, secrets: readonly string[]): SandboxError {
  return new SandboxError(
    "unsupported",
    `secrets: nobody grants ${shorten(secrets.join(", "))} here: only a policy has secrets. Connect the client with one, or leave secrets out.`,
    { data: { runtime, field: "secrets" } },
  );
}

/** @throws {SandboxError} unsupported */
export function checkIsolation(
  { name, capabilities }: CapableRuntime,
  minimum: (typeof capabilities)["isolation"],
): void {
  if (isIsolationAtLeast(capabilities.isolation, minimum)) return;
  throw unsupported(
    name,
    "isolation",
    `minimumIsolation "${minimum}" (its own is "${capabilities.isolation}")`,
  );
}

/** Refuses a command that runs as a user of its own where users are missing. @throws {SandboxError} unsupported */
export function checkUser({ name, capabilities }: CapableRuntime, user: string | undefined): void {
  if (user !== undefined && !capabilities.users)
    throw unsupported(name, "users", `user: ${JSON.stringify(user)}`);
}

/** @throws {SandboxError} unsupported */
export function checkLanguage({ name, capabilities }: CapableRuntime, language: "shell" | "python"): void {
  const { languages } = capabilities;
  if (languages !== "image" && !languages.includes(language)) throw unsupported(name, "languages", language);
}

/** @throws {SandboxError} unsupported */
export function checkSignal({ name, capabilities }: CapableRuntime, signal: NodeJS.Signals): void {
  if (capabilities.signals || signal === "SIGKILL" || signal === "SIGTERM") return;
  throw unsupported(name, "signals", `the signal ${signal}`);
}

/** @throws {SandboxError} unsupported */
export function checkFeature(
  { name, capabilities }: CapableRuntime,
  feature: "logs" | "stats" | "interactiveStdin" | "snapshots",
  asked: string,
): void {
  if (!capabilities[feature]) throw unsupported(name, feature, asked);
}
