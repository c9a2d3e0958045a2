import type { EgressLimits, EgressNetworkOptions } from "../../egress/egress-broker.ts";
import type { IsolationLevel, RuntimeSpec } from "../../runtime/index.ts";
import type { SecretSource } from "../../secrets/secret-store.ts";
import type { CommandHook, PolicyLimits } from "../policy.ts";

/**
 * A policy as people write it: plain data (but for the two fields that take a function), every field optional. What is left out is
 * denied, but for `limits`, where it is not bounded. The meaning of each field is that of `Policy`; docs/policy.md lists them with
 * their bounds and defaults.
 */
export interface PolicyDocument {
  /** Of this format. @default 1 */
  readonly version?: 1;
  /** For people, in messages. @default the file's name, or "policy" */
  readonly name?: string;
  readonly mode?: "enforce" | "shadow";
  readonly onExcess?: "refuse" | "clamp";
  readonly images?: {
    readonly allow?: readonly string[];
    readonly requireDigest?: boolean;
    readonly default?: string;
  };
  readonly minimumIsolation?: IsolationLevel;
  readonly privileges?: readonly RuntimeSpec["profile"][];
  readonly detached?: boolean;
  readonly snapshots?: { readonly take?: readonly string[]; readonly use?: readonly string[] };
  readonly egress?: {
    readonly allow?: readonly string[];
    readonly network?: EgressNetworkOptions;
    readonly limits?: EgressLimits;
  };
  readonly secrets?: Readonly<Record<string, SecretDocument>>;
  readonly limits?: PolicyLimits;
  readonly env?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  readonly users?: readonly string[];
  readonly commands?: { readonly deny?: readonly string[]; readonly hook?: CommandHook };
  readonly writePaths?: readonly string[];
  readonly ports?: readonly number[];
  readonly audit?: {
    readonly required?: boolean;
    readonly arguments?: "shape" | "full";
    readonly file?: string;
  };
  readonly profiles?: readonly ProfileDocument[];
  /** Whether a client that no profile matches is refused, rather than given what stands outside the profiles. @default false */
  readonly requireProfile?: boolean;
}

/** One secret of a {@link PolicyDocument}. */
export interface SecretDocument {
  readonly from: SecretSource;
  /** @default "proxy" */
  readonly inject?: "env" | "proxy";
  readonly env?: string;
  readonly hosts?: readonly string[];
  readonly allowWildcardHosts?: boolean;
  readonly redact?: boolean;
}

/**
 * What holds for some identities. A profile can only take away: a list names what is left of the list outside, a number is at most the
 * number outside. Several that match apply together.
 */
export interface ProfileDocument {
  /** Unique among the profiles. */
  readonly name: string;
  readonly match: ProfileMatch;
  readonly mode?: "enforce";
  readonly onExcess?: "refuse";
  readonly images?: {
    readonly allow?: readonly string[];
    readonly requireDigest?: true;
    readonly default?: string;
  };
  readonly minimumIsolation?: IsolationLevel;
  readonly privileges?: readonly RuntimeSpec["profile"][];
  readonly detached?: false;
  readonly snapshots?: { readonly take?: readonly string[]; readonly use?: readonly string[] };
  readonly egress?: {
    readonly allow?: readonly string[];
    readonly limits?: EgressLimits;
  };
  /** Names of the secrets that are left. */
  readonly secrets?: readonly string[];
  readonly limits?: PolicyLimits;
  readonly env?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  readonly users?: readonly string[];
  readonly commands?: { readonly deny?: readonly string[] };
  readonly writePaths?: readonly string[];
  readonly ports?: readonly number[];
  readonly audit?: { readonly required?: true };
}

/**
 * Whom a profile is for: every field given must match the identity that the platform stated at connect. A list matches when one of it
 * does; `*` stands for any characters. An identity without the field is not matched.
 */
export interface ProfileMatch {
  readonly tenant?: string | readonly string[];
  readonly agent?: string | readonly string[];
  readonly user?: string | readonly string[];
  readonly session?: string | readonly string[];
  readonly labels?: Readonly<Record<string, string | readonly string[]>>;
}
