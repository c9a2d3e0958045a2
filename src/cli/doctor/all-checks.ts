import type { Check } from "./check.ts";
import { capabilities } from "./checks/capabilities.ts";
import { diskCap } from "./checks/disk-cap.ts";
import { egressBroker } from "./checks/egress-broker.ts";
import { filesRoundTrip } from "./checks/files-round-trip.ts";
import { hostFiles } from "./checks/host-files.ts";
import { hostNetwork } from "./checks/host-network.ts";
import { memoryCap } from "./checks/memory-cap.ts";
import { networkConnect } from "./checks/network-connect.ts";
import { networkInterfaces } from "./checks/network-interfaces.ts";
import { noNewPrivileges } from "./checks/no-new-privileges.ts";
import { pidsCap } from "./checks/pids-cap.ts";
import { readOnlyRoot } from "./checks/read-only-root.ts";
import { seccomp } from "./checks/seccomp.ts";
import { timeout } from "./checks/timeout.ts";
import { unprivilegedUser } from "./checks/unprivileged-user.ts";

/** All checks, in the order in which they run: what leaves a mess behind comes last. */
export const allChecks: readonly Check[] = [
  networkInterfaces,
  networkConnect,
  hostNetwork,
  egressBroker,
  hostFiles,
  unprivilegedUser,
  capabilities,
  noNewPrivileges,
  seccomp,
  readOnlyRoot,
  filesRoundTrip,
  diskCap,
  timeout,
  memoryCap,
  pidsCap,
];
