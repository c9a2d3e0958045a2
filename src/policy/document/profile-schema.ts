import { z } from "zod";
import { described, list, mapping, only, text } from "./fields.ts";
import { secretName } from "./secret-schema.ts";
import { sharedFields as shared } from "./shared-fields.ts";

const pattern = text(/^[^\0]{1,256}$/, "must be a text or pattern of at most 256 characters");
const patterns = z.union([pattern, list(pattern, "texts or patterns", 1024).min(1)], {
  error: "must be a text or pattern such as trial-*, or a list of them",
});

const match = mapping({
  tenant: described(patterns, "Tenants."),
  agent: described(patterns, "Agents."),
  user: described(patterns, "Users."),
  session: described(patterns, "Sessions."),
  labels: described(
    z.record(text(/^[^\0]{1,128}$/, "must be a label"), patterns, "must be a mapping of labels to patterns"),
    "Labels of the identity.",
  ),
}).refine((fields) => Object.values(fields).some((one) => one !== undefined), {
  error:
    "must name at least one of tenant, agent, user, session, labels; what holds for all stands outside the profiles",
});

const narrowing = (what: string) => `${what}; leave it out, as a profile can only narrow`;

/** One profile: the fields of the document that can be narrowed. */
export const profileSchema = mapping({
  name: text(/^[A-Za-z0-9][\w.-]{0,62}$/, "must match [A-Za-z0-9][A-Za-z0-9_.-]{0,62}").meta({
    description: "Name, unique among the profiles.",
  }),
  match: match.meta({
    description:
      "Whom it is for: each field given must match the identity that the platform states, a text with `*` as a wildcard or a list of them.",
  }),
  mode: described(
    only("enforce", narrowing("can only be enforce")),
    "Enforce, where the document is in shadow mode.",
  ),
  onExcess: described(only("refuse", narrowing("can only be refuse")), "Refuse, where the document clamps."),
  images: described(
    mapping({
      allow: shared.imagesAllow,
      requireDigest: described(only(true, narrowing("can only be true")), "Require digests."),
      default: shared.imagesDefault,
    }),
    "What is left of the images.",
  ),
  minimumIsolation: shared.minimumIsolation,
  privileges: shared.privileges,
  detached: described(only(false, narrowing("can only be false")), "Forbid detached sandboxes."),
  snapshots: described(
    mapping({ take: shared.snapshotsTake, use: shared.snapshotsUse }),
    "What is left of the snapshots.",
  ),
  egress: described(
    mapping({ allow: shared.egressAllow, limits: shared.egressLimits }),
    "What is left of the network.",
  ),
  secrets: described(
    list(text(secretName, "must be the name of a secret"), "names of secrets"),
    "Names of the secrets that are left.",
  ),
  limits: shared.limits,
  env: described(
    mapping({ allow: shared.envAllow, deny: shared.envDeny }),
    "What is left of the environment variables; `deny` is added.",
  ),
  users: shared.users,
  commands: described(mapping({ deny: shared.commandsDeny }), "Commands that are refused as well."),
  writePaths: shared.writePaths,
  ports: shared.ports,
  audit: described(
    mapping({ required: described(only(true, narrowing("can only be true")), "Require the audit log.") }),
    "The audit log.",
  ),
});
