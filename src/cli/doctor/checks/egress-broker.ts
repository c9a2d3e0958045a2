import type { Check } from "../check.ts";

/** The only host of the sandbox's egress rules; RFC 2606 keeps the name from ever existing. */
export const allowedHost = "allowed.invalid";

/** Asks for a host of no rule, by whichever program there is. */
const attack = `
url=http://elsewhere.invalid/
if command -v curl >/dev/null 2>&1; then curl -sS -m 20 $url 2>&1; else python3 -c '
import sys, urllib.error, urllib.request
try: print(urllib.request.urlopen(sys.argv[1], timeout=20).read())
except urllib.error.HTTPError as error: print(error.read().decode())
except Exception as error: print(error)
' $url; fi`;

export const egressBroker: Check = {
  name: "egress-broker",
  title: "with egress rules, a host of no rule is refused by the broker",
  notApplicable: ({ egress }) =>
    egress.includes("allowlist") ? undefined : "the runtime lets no sandbox out at all",
  attempt: async ({ egressSandbox, signal }) => {
    const { stdout } = (await egressSandbox?.shell(attack, { signal, timeoutMs: 60_000 })) ?? { stdout: "" };
    const said = stdout.trim().split("\n").at(-1) ?? "";
    return { enforced: said.includes("not-in-allowlist"), evidence: said || "no answer" };
  },
};
