import assert from "node:assert/strict";
import type { SandboxHandle } from "../../sandbox/index.ts";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal } from "../expectations.ts";
import { hasAllowlist } from "../requirement.ts";

/** Names that RFC 2606 keeps from ever existing: what is allowed is told by how it fails. */
const [allowed, other] = ["allowed.invalid", "elsewhere.invalid"];

/** What egress rules do, as far as it can be seen without any host to reach. */
export const egressClauses: readonly Clause[] = clauseGroup("egress", [
  {
    name: "denied-host",
    behaviour: "a host of no rule is refused, and the program inside is told so",
    needs: [hasAllowlist],
    async run({ sandbox }) {
      const handle = await sandbox({ egress: [allowed] });
      assert.match(await visit(handle, `http://${other}/`), /not-in-allowlist/);
      assert.match(await visit(handle, `http://${allowed}:81/`), /not-in-allowlist/);
      assert.match(await visit(handle, "http://203.0.113.1/"), /not-in-allowlist/);
    },
  },
  {
    name: "allowed-host",
    behaviour:
      "a host of a rule is looked up by the host, not by the sandbox, and why it cannot be reached is told",
    needs: [hasAllowlist],
    async run({ sandbox }) {
      assert.match(await visit(await sandbox({ egress: [allowed] }), `http://${allowed}/`), /dns-failed/);
    },
  },
  {
    name: "narrowing",
    behaviour:
      "the rules of a live sandbox can be narrowed by anyone and widened by nobody, and hold at once",
    needs: [hasAllowlist],
    async run({ sandbox }) {
      const handle = await sandbox({ egress: [allowed, `*.${allowed}`] });
      assert.deepEqual(handle.egress, [allowed, `*.${allowed}`]);
      await handle.narrowEgress([`a.${allowed}`]);
      assert.deepEqual(handle.egress, [`a.${allowed}`]);
      assert.match(await visit(handle, `http://${allowed}/`), /not-in-allowlist/);
      await expectRefusal(handle.narrowEgress([allowed]), "policy_violation");
      await expectRefusal(handle.narrowEgress([`a.${allowed}:8080`]), "policy_violation");
      await handle.narrowEgress([]);
      assert.match(await visit(handle, `http://a.${allowed}/`), /not-in-allowlist/);
    },
  },
  {
    name: "after-restart",
    behaviour: "the rules still hold after stop() and start()",
    needs: [hasAllowlist],
    async run({ sandbox }) {
      const handle = await sandbox({ egress: [allowed] });
      await handle.stop();
      await handle.start();
      assert.match(await visit(handle, `http://${other}/`), /not-in-allowlist/);
      assert.match(await visit(handle, `http://${allowed}/`), /dns-failed/);
    },
  },
  {
    name: "invalid-rules",
    behaviour: "a rule that is none, or too wide, is refused, and nothing is left",
    needs: [hasAllowlist],
    async run({ client, spec }) {
      for (const rule of ["*", "*.com", "https://example.com/", "10.0.0.0/8", "a..b", "example.com:0"]) {
        const asked = spec({ egress: [rule] });
        await expectRefusal(client.create(asked), "invalid_argument");
        await expectRefusal(client.get(asked.name), "not_found");
      }
    },
  },
  {
    name: "detached",
    behaviour: "egress is refused for a detached sandbox: its gateway lives in the process that makes it",
    needs: [hasAllowlist],
    async run({ client, spec }) {
      await expectRefusal(client.create(spec({ egress: [allowed], detached: true })), "unsupported");
    },
  },
  {
    name: "without-rules",
    behaviour: "a sandbox without rules has none, and cannot be given any",
    async run({ shared }) {
      const handle = await shared();
      assert.deepEqual(handle.egress, []);
      await handle.narrowEgress([]);
      await expectRefusal(handle.narrowEgress([allowed]), "unsupported");
    },
  },
]);

/** Asks for a URL by whichever program there is; what the gateway or the program says. */
async function visit(sandbox: SandboxHandle, url: string): Promise<string> {
  const script = `
if command -v curl >/dev/null 2>&1; then curl -sS -m 30 ${url} 2>&1; else python3 -c '
import sys, urllib.error, urllib.request
try: print(urllib.request.urlopen(sys.argv[1], timeout=30).read())
except urllib.error.HTTPError as error: print(error.read().decode())
except Exception as error: print(error)
' ${url}; fi; true`;
  return (await expectOk(sandbox.shell(script, { timeoutMs: 60_000 }))).stdout;
}
