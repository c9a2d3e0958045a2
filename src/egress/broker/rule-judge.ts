import { type CanonicalHost, canonicalHost } from "../canonical-host.ts";
import { type EgressRule, parseEgressRules } from "../egress-rule.ts";
import { findRule } from "../match-rule.ts";
import { Refusal } from "./refusal.ts";
import { formatAuthority } from "./request-target.ts";

/** Where something may go. The host's one form is what is matched, resolved, dialled, minted and told. */
export interface Destination {
  readonly host: CanonicalHost;
  readonly port: number;
  readonly rule: EgressRule;
}

/** How many rules a refusal shows. */
const shownRules = 8;

/** The rules in force. */
export class RuleJudge {
  #allow: readonly string[] = [];
  #raw: readonly EgressRule[] = [];
  #checked: readonly EgressRule[] = [];

  /** @throws {SandboxError} invalid_argument */
  constructor(allow: readonly string[]) {
    this.replace(allow);
  }

  get allow(): readonly string[] {
    return this.#allow;
  }

  /** The usual ones of the web, and all that rules name. */
  get ports(): readonly number[] {
    const named = [...this.#raw, ...this.#checked].flatMap(({ ports }) => ports);
    return Object.freeze([...new Set([80, 443, ...named])].sort((one, other) => one - other));
  }

  /** Leaves the rules as they are when it throws. @throws {SandboxError} invalid_argument */
  replace(allow: readonly string[]): void {
    const rules = parseEgressRules(allow);
    this.#allow = Object.freeze([...allow]);
    this.#raw = rules.filter(({ raw }) => raw);
    this.#checked = rules.filter(({ raw }) => !raw);
  }

  /**
   * For a tunnel the raw rule comes first, as it asks for nothing; a request is HTTP whichever rule allows it.
   * @throws {Refusal} invalid-host, not-in-allowlist
   */
  judge(rawHost: string, port: number, use: "tunnel" | "request"): Destination {
    const host = canonicalHost(rawHost);
    if (host === undefined) {
      const shown = JSON.stringify(rawHost.slice(0, 255));
      throw new Refusal(
        "invalid-host",
        `${shown} is no valid host name or address. Write it in its plain form.`,
      );
    }
    const rule = this.find(host, port, use === "tunnel" ? "raw" : "checked");
    if (rule !== undefined) return { host, port, rule };
    const target = formatAuthority(host, port);
    throw new Refusal(
      "not-in-allowlist",
      `${target} is not in the egress allowlist of this sandbox (${this.#summary()}).`,
    );
  }

  /** The rule that allows it, of the kind that is preferred when there are two. */
  find(host: CanonicalHost, port: number, preferred: "raw" | "checked"): EgressRule | undefined {
    const raw = findRule(this.#raw, host, port);
    const checked = findRule(this.#checked, host, port);
    return preferred === "raw" ? (raw ?? checked) : (checked ?? raw);
  }

  /** Whether what was let out is still allowed. A tunnel whose bytes nobody looked at needs a raw rule to go on. */
  stillAllows({ host, port, rule }: Destination, use: "tunnel" | "request"): boolean {
    const found = this.find(host, port, "raw");
    return found !== undefined && (found.raw || !rule.raw || use === "request");
  }

  #summary(): string {
    if (this.#allow.length === 0) return "nothing is allowed";
    const more = this.#allow.length - shownRules;
    const shown = this.#allow.slice(0, shownRules).join(", ");
    return more > 0 ? `allowed: ${shown} and ${more} more` : `allowed: ${shown}`;
  }
}
