import type { PolicyDocument } from "../../../src/policy/document/policy-document.ts";
import { addresses, openNetwork } from "../fake-internet/zone.ts";
import { image } from "./ordinary-container.ts";

/** What sandboxes of the lab may reach. The names from `loopback.test` on point at what their owner does not own. */
export const allowedHosts = [
  "allowed.test",
  "allowed.test:9000",
  "*.second.test",
  "api.test",
  "second.test:8443",
  "flip.test",
  "loopback.test",
  "private.test",
  "link-local.test",
  "neighbour.test",
  "mapped.test",
  "translated.test",
  "nat64.test",
  "six-to-four.test",
  "unique-local.test",
] as const;

/** The document of the lab's policy: the fake internet is the internet, and its authority a usual one. */
export function labPolicy(
  certificateAuthorities: readonly string[],
  fields: Partial<PolicyDocument> = {},
): PolicyDocument {
  return {
    name: "lab",
    images: { allow: [image] },
    egress: {
      allow: allowedHosts,
      network: {
        openNetworks: [openNetwork],
        nameServers: [addresses.nameServer],
        certificateAuthorities,
      },
    },
    ...fields,
  };
}
