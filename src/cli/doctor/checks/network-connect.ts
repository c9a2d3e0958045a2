import { needsProcesses } from "../applicability.ts";
import type { Check } from "../check.ts";

/** TEST-NET-1 of RFC 5737: routed nowhere, so that the attempt reaches nobody where the network is open. */
const address = "192.0.2.1";

/** Says how a TCP connection fails. Any answer that took a route, even a timeout, means that there is a network. */
const attack = `
import errno, socket
s = socket.socket()
s.settimeout(3)
try:
    s.connect(("${address}", 80))
    print("connected")
except socket.timeout:
    print("timed out")
except OSError as e:
    print(errno.errorcode.get(e.errno, "") or type(e).__name__, e.strerror or e)
`;

/** How a connection fails where no packet can leave. */
const refusedLocally = /^(ENETUNREACH|EPERM|EACCES)\b/;

export const networkConnect: Check = {
  name: "network-connect",
  title: "a TCP connection cannot leave",
  notApplicable: needsProcesses,
  attempt: async ({ sandbox, signal }) => {
    const { stdout, stderr, exitCode } = await sandbox.python(attack, { signal, timeoutMs: 60_000 });
    const said = stdout.trim() || stderr.trim().split("\n").at(-1) || `exit code ${exitCode}`;
    return { enforced: refusedLocally.test(said), evidence: `connect to ${address}: ${said}` };
  },
};
