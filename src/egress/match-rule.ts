import type { CanonicalHost } from "./canonical-host.ts";
import type { EgressRule } from "./egress-rule.ts";

/** Whether the rule allows connections to that port of that host. */
export function ruleAllows(rule: EgressRule, host: CanonicalHost, port: number): boolean {
  return rule.ports.includes(port) && allowsHost(rule, host);
}

/** The rule that allows it; of several a raw one, as it allows most, then the first. Undefined: it is denied. */
export function findRule(
  rules: readonly EgressRule[],
  host: CanonicalHost,
  port: number,
): EgressRule | undefined {
  const allowing = rules.filter((rule) => ruleAllows(rule, host, port));
  return allowing.find((rule) => rule.raw) ?? allowing[0];
}

/**
 * Whether everything that `inner` allows is allowed by `outer`. A raw rule covers one that is not, as any bytes include HTTP and TLS;
 * the reverse would take the checks of those protocols away.
 */
export function ruleCovers(outer: EgressRule, inner: EgressRule): boolean {
  return coversHost(outer, inner) && inner.ports.every((port) => outer.ports.includes(port));
}

/** Whether the `inner` rules together allow nothing that the `outer` ones do not. */
export function isNarrower(outer: readonly EgressRule[], inner: readonly EgressRule[]): boolean {
  // Port by port: those of one rule may be covered by several.
  return inner.every((rule) =>
    rule.ports.every((port) => outer.some((other) => coversHost(other, rule) && other.ports.includes(port))),
  );
}

function coversHost(outer: EgressRule, inner: EgressRule): boolean {
  if (inner.raw && !outer.raw) return false;
  if (inner.wildcard)
    return outer.wildcard && (outer.host === inner.host || inner.host.endsWith(`.${outer.host}`));
  return allowsHost(outer, inner);
}

function allowsHost(rule: EgressRule, { host, kind }: CanonicalHost): boolean {
  if (rule.wildcard) return kind === "name" && host.endsWith(`.${rule.host}`);
  return rule.kind === kind && rule.host === host;
}
