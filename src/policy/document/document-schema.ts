import { z } from "zod";
import { described, flag, list, mapping, nameServer, oneOf, only, text } from "./fields.ts";
import { policyNamePattern } from "./policy-name.ts";
import { profileSchema } from "./profile-schema.ts";
import { secretsSchema } from "./secret-schema.ts";
import { sharedFields as shared } from "./shared-fields.ts";

const network = mapping({
  openNetworks: described(
    list(text(/^[0-9a-fA-F.:]+\/\d{1,3}$/, "must be a CIDR such as 10.1.0.0/16"), "CIDRs"),
    "Networks that are not public and may be reached all the same, by hosts that a rule allows.",
    [],
  ),
  nameServers: described(
    list(nameServer(), "addresses", 16),
    "Name servers to ask; when left out, the platform's own resolver.",
  ),
  intercept: described(
    oneOf(["secrets", "all"]),
    "Hosts for which TLS is terminated: those of `proxy` secrets, or all.",
    "secrets",
  ),
  denyEncryptedHello: described(flag(), "Deny a TLS hello with an encrypted part.", false),
  certificateAuthorities: described(
    list(text(/^-----BEGIN CERTIFICATE-----\s/, "must be a certificate in PEM"), "certificates in PEM", 64),
    "Authorities to trust beside the usual ones where TLS is terminated.",
    [],
  ),
});

/** The whole document. In code two fields may be functions; a file cannot hold any. */
export function documentSchema(allowsFunctions: boolean) {
  const hook = z.custom((value) => typeof value === "function", "must be a function").optional();
  return mapping({
    version: described(only(1, "must be 1"), "Version of this format.", 1),
    name: described(
      text(policyNamePattern, "must be a name of letters, digits, blanks, _ . -, at most 64"),
      "Name for people, in messages.",
    ),
    mode: described(
      oneOf(["enforce", "shadow"]),
      "`shadow` refuses nothing and records what it would have refused.",
      "enforce",
    ),
    onExcess: described(
      oneOf(["refuse", "clamp"]),
      "What happens to a number that asks for more than its limit: the request is refused, or gets the limit.",
      "refuse",
    ),
    images: described(
      mapping({
        allow: shared.imagesAllow,
        requireDigest: described(flag(), "Every image must be named by its digest (`@sha256:…`).", false),
        default: shared.imagesDefault,
      }),
      "Images of sandboxes.",
    ),
    minimumIsolation: shared.minimumIsolation,
    privileges: shared.privileges,
    detached: described(flag(), "Whether a sandbox may outlive the process that made it.", false),
    snapshots: described(
      mapping({ take: shared.snapshotsTake, use: shared.snapshotsUse }),
      "Snapshots, which outlive sandboxes and processes. Without it, there are none.",
    ),
    egress: described(
      mapping({
        allow: shared.egressAllow,
        network: described(network, "How the network is reached; for the platform alone."),
        limits: shared.egressLimits,
      }),
      "The network. Without `allow`, there is none.",
    ),
    secrets: secretsSchema(allowsFunctions),
    limits: shared.limits,
    env: described(mapping({ allow: shared.envAllow, deny: shared.envDeny }), "Environment variables."),
    users: shared.users,
    commands: described(
      mapping({ deny: shared.commandsDeny, ...(allowsFunctions && { hook }) }),
      "Commands that are refused.",
    ),
    writePaths: shared.writePaths,
    ports: shared.ports,
    audit: described(
      mapping({
        required: described(flag(), "Whether nothing is done that cannot be recorded.", false),
        arguments: described(
          oneOf(["shape", "full"]),
          "Whether programs, paths and code are recorded in full, or only their shape.",
          "shape",
        ),
        file: described(
          text(/^[^\0]{1,4096}$/, "must be a path"),
          "File that the events are written to, where the platform gives no other sink; in a policy file, a path that is not absolute starts at that file's folder.",
        ),
      }),
      "The audit log.",
    ),
    profiles: described(
      list(profileSchema, "profiles", 256),
      "What holds for some identities; each can only take away.",
      [],
    ),
    requireProfile: described(
      flag(),
      "Whether a client that no profile matches is refused, rather than given what stands outside the profiles.",
      false,
    ),
  });
}
