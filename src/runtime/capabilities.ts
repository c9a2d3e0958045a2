import type { IsolationLevel } from "./isolation.ts";

/** A resource that a runtime can hold to a cap. */
export type CappedResource = "memory" | "cpus" | "pids" | "disk" | "openFiles";

/** What a runtime can do about the network of a sandbox. */
export type EgressMode = "none" | "gateway" | "allowlist";

/**
 * What a runtime can do and enforce, as data. A spec or call that needs a missing capability is refused with
 * code `unsupported` and `data.capability`, never weakened.
 */
export interface RuntimeCapabilities {
  readonly isolation: IsolationLevel;
  readonly egress: readonly EgressMode[];
  readonly caps: readonly CappedResource[];
  readonly images: boolean;
  readonly hostImages: boolean;
  readonly users: boolean;
  readonly languages: readonly string[] | "image";
  readonly streaming: boolean;
  readonly interactiveStdin: boolean;
  readonly backgroundProcesses: boolean;
  readonly signals: boolean;
  readonly exactBytes: boolean;
  readonly logs: boolean;
  readonly stats: boolean;
  readonly takeOver: boolean;
  readonly outlivesOwner: boolean;
  readonly writePaths: boolean;
  readonly snapshots: boolean;
  readonly ports: boolean;
  readonly pty: boolean;
}

/** The name of a capability. */
export type CapabilityName = keyof RuntimeCapabilities;

/** One row of the capability table: what it means, its default, and what follows where it is missing. */
export interface CapabilityFacts<Name extends CapabilityName = CapabilityName> {
  readonly meaning: string;
  readonly default: RuntimeCapabilities[Name];
  readonly without: string;
}

/** Every capability with its default and the consequence of lacking it; docs/writing-a-runtime.md shows it. */
export const capabilityTable: { readonly [Name in CapabilityName]: CapabilityFacts<Name> } = {
  isolation: {
    meaning: "How strongly a sandbox is kept apart from its host.",
    default: "interpreter",
    without: "A spec whose minimumIsolation is stronger is refused.",
  },
  egress: {
    meaning:
      "What holds about the network: `none` (no network at all), `gateway` (every connection can be handed to the host), `allowlist` (hostnames are enforced).",
    default: ["none"],
    without:
      "A spec with a non-empty egress list is refused where neither `gateway` nor `allowlist` is there.",
  },
  caps: {
    meaning: "The resources held to a cap.",
    default: [],
    without: "A spec that names a cap which is not enforced is refused; the defaults are then only wishes.",
  },
  images: {
    meaning: "The sandbox's root file system is the OCI image of the spec.",
    default: false,
    without: "A spec that names an image is refused; the runtime's own environment is used.",
  },
  hostImages: {
    meaning:
      "The image of a spec can also be a folder, disk image or archive of the host (`folder:/…`, `disk:/…`, `archive:/…`), where the runtime's options open the place.",
    default: false,
    without: "A spec whose image is a place on the host is refused.",
  },
  users: {
    meaning: "A command can run as a user of its own.",
    default: false,
    without: "A `user` option is refused.",
  },
  languages: {
    meaning: "The languages that run: a list, or `image` where the image decides.",
    default: ["shell"],
    without: "runPython and python() are refused where `python` is missing.",
  },
  streaming: {
    meaning: "Output arrives while the command runs.",
    default: false,
    without: "Output arrives when the command ends; after a timeout there may be none.",
  },
  interactiveStdin: {
    meaning: "A running command can be written to.",
    default: false,
    without: "stdin is collected whole before the command starts.",
  },
  backgroundProcesses: {
    meaning: "A process can outlive the command that started it.",
    default: false,
    without: "`&` runs, but nothing is left when the command ends.",
  },
  signals: {
    meaning: "Any signal can be sent to a running command.",
    default: false,
    without: "Only SIGKILL and SIGTERM, and both end the command at once.",
  },
  exactBytes: {
    meaning: "stdin, stdout, stderr and files carry every byte unchanged.",
    default: true,
    without: "Only UTF-8 text is carried exactly by every program; docs/runtimes.md names the programs.",
  },
  logs: {
    meaning: "What was run and its output can be read back later.",
    default: false,
    without: "logs() is refused.",
  },
  stats: {
    meaning: "CPU, memory, network and process numbers of a live sandbox.",
    default: false,
    without: "stats() is refused.",
  },
  takeOver: {
    meaning: "Another process can find a sandbox by its name and use it.",
    default: false,
    without: "get() and list() know only what this client made.",
  },
  outlivesOwner: {
    meaning: "A sandbox can be made to live on after the process that made it (`detached`).",
    default: false,
    without: "A spec with `detached` is refused; nothing is left when the process dies.",
  },
  writePaths: {
    meaning: "Writing can be confined to folders that the policy names.",
    default: false,
    without: "A policy with writePaths is refused.",
  },
  snapshots: {
    meaning: "The files of a sandbox can be saved under a name, and new sandboxes be made from them.",
    default: false,
    without: "snapshot() and a spec that names a snapshot are refused; there are none to list.",
  },
  ports: {
    meaning: "A port that a program in the sandbox listens on can be reached from outside.",
    default: false,
    without: "There is no port call.",
  },
  pty: {
    meaning: "A command can be given a terminal.",
    default: false,
    without: "Commands see pipes.",
  },
};

/** The capabilities of a runtime: what it declares over the table's defaults. */
export function defineCapabilities(
  declared: Pick<RuntimeCapabilities, "isolation"> & Partial<RuntimeCapabilities>,
): RuntimeCapabilities {
  const defaults = Object.fromEntries(
    Object.entries(capabilityTable).map(([name, facts]) => [name, facts.default]),
  );
  return Object.freeze({ ...(defaults as unknown as RuntimeCapabilities), ...declared });
}
