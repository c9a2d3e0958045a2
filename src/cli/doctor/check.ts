import type { RuntimeCapabilities } from "../../runtime/index.ts";
import type { SandboxHandle } from "../../sandbox/index.ts";
import type { SelfTestCaps } from "./self-test-caps.ts";

/** What a check works on. */
export interface CheckTarget {
  /** A running sandbox of the default profile without network. */
  readonly sandbox: SandboxHandle;
  /** One that may reach `allowedHost` alone, where the runtime can hold it to that. */
  readonly egressSandbox: SandboxHandle | undefined;
  readonly capabilities: RuntimeCapabilities;
  /** The caps that the sandbox was created with; one is absent where the runtime does not enforce it. */
  readonly caps: SelfTestCaps;
  readonly signal: AbortSignal;
}

/** What a check found. */
export interface Finding {
  readonly enforced: boolean;
  /** What was seen, in a few words. */
  readonly evidence: string;
}

/** One claim about a sandbox and the attack or measurement that proves it. */
export interface Check {
  /** Stable, kebab-case. */
  readonly name: string;
  /** What is claimed, in a few words. */
  readonly title: string;
  /** Why the claim means nothing for such a runtime; absent or undefined when it applies. */
  readonly notApplicable?: (capabilities: RuntimeCapabilities) => string | undefined;
  readonly attempt: (target: CheckTarget) => Promise<Finding>;
}
