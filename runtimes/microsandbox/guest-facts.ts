import { type RuntimeSpec, withEgressEnvironment } from "../../src/runtime/index.ts";
import type { GuestFacts } from "./guest.ts";
import { homeOf } from "./guest-setup.ts";
import type { StoredRecord } from "./labels.ts";
import { capabilitiesOf, commandUser } from "./users.ts";

/** How the commands of a sandbox run: their user, their environment, what root may do. */
export function guestFactsOf(record: StoredRecord, gateway: RuntimeSpec["gateway"]): GuestFacts {
  const { name: sandbox, profile, caps } = record;
  const own = { HOME: homeOf({ ...record, ...(gateway && { gateway }) }), ...record.env };
  const env =
    record.hasGateway === true
      ? withEgressEnvironment(own, gateway?.certificateAuthority !== undefined)
      : own;
  return {
    sandbox,
    user: commandUser(profile),
    shellOf: (user) => ({ user, env, openFiles: caps.openFiles, ...capabilitiesOf(user, profile) }),
  };
}
