export { type AddressGuardOptions, createAddressGuard } from "./address-guard.ts";
export { type CanonicalHost, canonicalHost } from "./canonical-host.ts";
export { type ClientHelloReading, readClientHello } from "./client-hello.ts";
export { createEgressBroker } from "./create-egress-broker.ts";
export {
  type BoundSecret,
  type EgressBroker,
  type EgressBrokerOptions,
  type EgressDecision,
  type EgressDenial,
  type EgressLimits,
  type EgressNetworkOptions,
  type EgressTraffic,
  egressDenials,
} from "./egress-broker.ts";
export { type EgressRule, parseEgressRule, parseEgressRules } from "./egress-rule.ts";
export { findRule, isNarrower, ruleAllows, ruleCovers } from "./match-rule.ts";
