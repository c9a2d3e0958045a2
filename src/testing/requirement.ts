import type { CapabilityName, CappedResource, RuntimeCapabilities } from "../runtime/index.ts";

/** The capabilities that are simply there or not. */
export type SwitchCapability = {
  [Name in CapabilityName]: RuntimeCapabilities[Name] extends boolean ? Name : never;
}[CapabilityName];

/** A condition on a runtime's capabilities. */
export interface Requirement {
  /** What is said of a runtime that does not meet it, such as `lacks takeOver`. */
  readonly otherwise: string;
  isMet(capabilities: RuntimeCapabilities): boolean;
}

/** The runtime has the capability. */
export function has(capability: SwitchCapability): Requirement {
  return { otherwise: `lacks ${capability}`, isMet: (capabilities) => capabilities[capability] };
}

/** The runtime lacks the capability: for clauses about what must follow from that. */
export function lacks(capability: SwitchCapability): Requirement {
  return { otherwise: `has ${capability}`, isMet: (capabilities) => !capabilities[capability] };
}

/** The runtime holds the resource to a cap. */
export function hasCap(resource: CappedResource): Requirement {
  return { otherwise: `lacks caps: ${resource}`, isMet: ({ caps }) => caps.includes(resource) };
}

/** The runtime does not hold some resource to a cap. */
export const lacksSomeCap: Requirement = {
  otherwise: "has every cap",
  isMet: ({ caps }) => cappedResources.some((resource) => !caps.includes(resource)),
};

/** Python runs. Where the image decides, the image of the suite is expected to have it. */
export const hasPython: Requirement = {
  otherwise: "lacks languages: python",
  isMet: ({ languages }) => languages === "image" || languages.includes("python"),
};

/** Python does not run. */
export const lacksPython: Requirement = {
  otherwise: "has languages: python",
  isMet: (capabilities) => !hasPython.isMet(capabilities),
};

/** Egress cannot be filtered by hostname. */
export const lacksAllowlist: Requirement = {
  otherwise: "has egress: allowlist",
  isMet: ({ egress }) => !egress.includes("allowlist") && !egress.includes("gateway"),
};

/** Egress can be filtered by hostname, by the runtime or by the gateway that it hands connections to. */
export const hasAllowlist: Requirement = {
  otherwise: "lacks egress: allowlist",
  isMet: (capabilities) => !lacksAllowlist.isMet(capabilities),
};

/** Images are references alone. Without any images, the refusal is that of the images. */
export const lacksHostImages: Requirement = {
  otherwise: "has hostImages, or no images",
  isMet: ({ images, hostImages }) => images && !hostImages,
};

/** Some isolation would be stronger than the runtime's. */
export const lacksStrongestIsolation: Requirement = {
  otherwise: "has isolation: microvm",
  isMet: ({ isolation }) => isolation !== "microvm",
};

/** Every resource that a spec can cap. */
export const cappedResources: readonly CappedResource[] = ["memory", "cpus", "pids", "disk", "openFiles"];
