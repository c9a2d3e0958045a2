import type { EgressLimits, EgressNetworkOptions } from "../egress/egress-broker.ts";
import type { Violation } from "../errors/index.ts";
import type { IsolationLevel, RuntimeCommand, RuntimeSpec } from "../runtime/index.ts";
import type { SecretSource } from "../secrets/secret-store.ts";

/** A secret that sandboxes may ask for by its logical name. */
export interface PolicySecret {
  readonly from: SecretSource;
  /** `proxy`: a placeholder is inside, and the value is put in on its way to `hosts`. `env`: the value itself is in each command's environment. */
  readonly inject: "env" | "proxy";
  /** Name of the environment variable inside. @default the logical name */
  readonly env: string;
  /** For `proxy`: where the value may go. Each must be covered by the sandbox's egress rules. */
  readonly hosts: readonly string[];
  /** For `proxy`: hosts may be `*.` rules. @default false */
  readonly allowWildcardHosts: boolean;
  /** For `env`: take the value out of the output of commands and of logs; files are handed over as they are. @default true */
  readonly redact: boolean;
}

/** Upper bounds. What is absent is not bounded by the policy. */
export interface PolicyLimits {
  readonly memoryMib?: number;
  readonly cpus?: number;
  readonly pids?: number;
  readonly diskMib?: number;
  readonly openFiles?: number;
  /** Wall time of one command, in milliseconds; it is then ended with `timedOut`. */
  readonly execMs?: number;
  /** Life of a sandbox from its creation, in milliseconds. */
  readonly lifetimeMs?: number;
  /** Time without any command, transfer or other work on files after which the process that made a sandbox removes it, in milliseconds. */
  readonly idleMs?: number;
  /** Bytes that one command may print; it is then ended. */
  readonly outputBytes?: number;
  /** Bytes of one upload, or of what one command gets on its stdin. */
  readonly uploadBytes?: number;
  /** Sandboxes alive at once, of one client. */
  readonly sandboxes?: number;
  /** Commands running at once in one sandbox. */
  readonly execs?: number;
  /** Over the life of the client. */
  readonly totalSandboxes?: number;
  readonly totalExecs?: number;
}

/** Judges a command; returns the reason when it is refused. */
export type CommandHook = (
  command: Pick<RuntimeCommand, "argv" | "cwd" | "user"> & { readonly envNames: readonly string[] },
  context: { readonly sandbox: string; readonly labels: Readonly<Record<string, string>> },
) => string | undefined | Promise<string | undefined>;

/** What the platform allows, complete: the document with its defaults and the profiles that apply, frozen. Everything absent is denied. */
export interface Policy {
  /** For people, in messages: the document's name and the profiles that were applied. */
  readonly name: string;
  /** `shadow` refuses nothing and records what it would have refused. */
  readonly mode: "enforce" | "shadow";
  /** What happens to a number that asks for more than its limit. */
  readonly onExcess: "refuse" | "clamp";
  readonly images: {
    /** Exact references, or patterns in which `*` stands for any characters but `/` and `**` for any. */
    readonly allow: readonly string[];
    readonly requireDigest: boolean;
    /** The image of a spec that names none; the first exact one of `allow` when absent. */
    readonly default?: string;
  };
  readonly minimumIsolation?: IsolationLevel;
  /** The values of `SandboxSpec.profile` that may be used. */
  readonly privileges: readonly RuntimeSpec["profile"][];
  /** Whether a sandbox may outlive the process that made it. */
  readonly detached: boolean;
  /** Names of snapshots, `*` for any characters: those that may be taken and removed, and those that sandboxes may be made from. */
  readonly snapshots: { readonly take: readonly string[]; readonly use: readonly string[] };
  readonly egress: {
    readonly allow: readonly string[];
    readonly network: EgressNetworkOptions;
    readonly limits: EgressLimits;
  };
  readonly secrets: Readonly<Record<string, PolicySecret>>;
  readonly limits: PolicyLimits;
  /** Names of environment variables that a caller may set, `*` as a wildcard; `deny` wins. */
  readonly env: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  /** Values of the `user` option, `*` for any. Empty: only the sandbox's own. */
  readonly users: readonly string[];
  /** Programs (by base name or path) that may not be named as the command. No boundary: a shell can start them. */
  readonly commands: { readonly deny: readonly string[]; readonly hook?: CommandHook };
  /** When present, files can be written below these folders alone. */
  readonly writePaths?: readonly string[];
  /** Ports inside that may be reached from outside. */
  readonly ports: readonly number[];
  readonly audit: {
    readonly required: boolean;
    readonly arguments: "shape" | "full";
    readonly file?: string;
  };
  /**
   * Where in the document each value stands, by its place here: `limits.cpus` → `profiles[trial].limits.cpus`, `egress.allow[0]` →
   * `egress.allow[2]`. A value without an entry is a default. Absent for a policy that was not made from a document.
   */
  readonly origins?: Readonly<Record<string, string>>;
}

/** What one rule says about one field of a request. */
export interface RuleDecision {
  /** The rule's place in the document, such as `egress.allow[1]` or `limits.memoryMib`; `default` where the document is silent. */
  readonly rule: string;
  /** The request's field. */
  readonly field: string;
  readonly outcome: "allowed" | "denied" | "clamped" | "defaulted";
  /** In one sentence. */
  readonly reason: string;
  /** Present when denied. */
  readonly violation?: Violation;
}

/** The judgement on a request to create a sandbox. */
export interface Admission {
  readonly decisions: readonly RuleDecision[];
  /** Empty when it is granted. */
  readonly violations: readonly Violation[];
  /** The request narrowed to what is granted, to be used only when there are no violations. In shadow mode the request as it was asked. */
  readonly spec: RuntimeSpec;
}
