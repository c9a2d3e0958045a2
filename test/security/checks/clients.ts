import assert from "node:assert/strict";
import type { SandboxHandle } from "../../../src/sandbox/index.ts";
import { isPromised } from "../../support/components.ts";
import { addresses } from "../fake-internet/zone.ts";
import type { Lab } from "../lab/lab.ts";
import { labSpec } from "../lab/lab.ts";
import type { LabCheck } from "./lab-check.ts";

/** A program that fetches something, as a script of the shell; `$SCHEME` and `$SITE` say from where. */
interface ClientProgram {
  readonly name: string;
  /** Succeeds when the image has it. */
  readonly present: string;
  readonly script: string;
  readonly prints: RegExp;
}

/** The authority of the fake internet stands here; a tunnel that nobody looks into shows the server's own certificate. */
const authority = "/workspace/authority.pem";

export const clientPrograms: readonly ClientProgram[] = [
  {
    name: "curl",
    present: "command -v curl",
    script: `curl -sS --fail -m 20 --cacert ${authority} $SCHEME://$SITE/`,
    prints: /reached allowed\.test/,
  },
  {
    name: "git",
    present: "command -v git",
    script: `rm -rf /tmp/project; git -c http.sslCAInfo=${authority} clone -q $SCHEME://$SITE/project.git /tmp/project && cat /tmp/project/README`,
    prints: /^cloned$/m,
  },
  {
    name: "pip",
    present: "python3 -m pip --version",
    script: `rm -rf /tmp/parcel; python3 -m pip --cert ${authority} --disable-pip-version-check --no-cache-dir install -q --retries 0 --timeout 20 --trusted-host $SITE --index-url $SCHEME://$SITE/simple/ --target /tmp/parcel parcel && PYTHONPATH=/tmp/parcel python3 -c 'import parcel; print(parcel.text)'`,
    prints: /^installed$/m,
  },
  {
    name: "Python urllib",
    present: "command -v python3",
    script: `SSL_CERT_FILE=${authority} python3 -c 'import os, urllib.request; print(urllib.request.urlopen(os.environ["SCHEME"] + "://" + os.environ["SITE"] + "/", timeout=20).read().decode())'`,
    prints: /reached allowed\.test/,
  },
  {
    name: "Node fetch",
    present: "test -x /workspace/node",
    script: `NODE_EXTRA_CA_CERTS=${authority} /workspace/node -e 'fetch(process.env.SCHEME + "://" + process.env.SITE + "/").then((answer) => answer.ok ? answer.text() : process.exit(1)).then(console.log)'`,
    prints: /reached allowed\.test/,
  },
];

const withoutProxy =
  "unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy NODE_USE_ENV_PROXY;";

/** Sandboxes with the one rule `allowed.test`, and all that clients need inside. */
async function sandboxWithClients(lab: Lab): Promise<SandboxHandle> {
  const { client } = await lab.shared("docker");
  const sandbox = await client.create(
    labSpec("docker", { egress: ["allowed.test"], memoryMib: 768, diskMib: 256 }),
  );
  await sandbox.files.write(authority, lab.internet.certificateAuthority);
  // The Node that runs the tests: whether it runs in the image is up to the image's libraries.
  await sandbox.files.upload(process.execPath, "/workspace/node");
  const { ok } = await sandbox.exec("/workspace/node", ["--version"]);
  if (!ok) await sandbox.files.remove("/workspace/node");
  return sandbox;
}

export const clientChecks: readonly LabCheck[] = [
  {
    name: "everyday-clients",
    title:
      "curl, git, pip, Python and Node reach the listed host over HTTP and HTTPS, told of the proxy or not, and nothing else",
    async run(lab) {
      await using sandbox = await sandboxWithClients(lab);
      const from = (await lab.arrivals()).length;
      const missing: string[] = [];
      for (const { name, present, script, prints } of clientPrograms) {
        if (!(await sandbox.shell(present)).ok) {
          missing.push(name);
          continue;
        }
        for (const SCHEME of ["http", "https"])
          for (const prelude of ["", withoutProxy]) {
            const what = `${name} over ${SCHEME}${prelude === "" ? "" : " without the variables"}`;
            const ask = (site: string) =>
              sandbox.shell(`${prelude} export SCHEME=${SCHEME} SITE=${site}; ${script}`);
            const good = await ask("allowed.test");
            assert.match(good.stdout, prints, `${what}: ${good.output}`);
            for (const SITE of ["evil.test", addresses.attacker, "allowed.test:8080"]) {
              const bad = await ask(SITE);
              assert.equal(bad.ok, false, `${what} from ${SITE}: ${bad.output}`);
            }
          }
      }
      // An image of one's own may lack some; that of the test environment has them all.
      const mayLack = isPromised("fakeInternet") ? [] : ["pip", "Node fetch"];
      assert.deepEqual(
        missing.filter((name) => !mayLack.includes(name)),
        [],
      );
      await assertOnlyAllowed(lab, from);
    },
  },
  {
    name: "open-ports",
    title:
      "nothing listens on the sandbox's loopback but the forwarder: the proxy, names, and the rules' ports",
    async run(lab) {
      await using sandbox = await sandboxWithClients(lab);
      const { stdout } = await sandbox.python(`import socket
found = []
for port in range(1, 65536):
    one = socket.socket()
    one.settimeout(2)
    if one.connect_ex(("127.0.0.1", port)) == 0 and one.getsockname() != one.getpeername():
        found.append(port)
    one.close()
print(*found)`);
      assert.equal(stdout.trim(), "53 80 443 3128");
    },
  },
];

/** Since then, nothing has left but queries for the listed name and connections to its ports. */
export async function assertOnlyAllowed(lab: Lab, from: number): Promise<void> {
  const since = (await lab.arrivals()).slice(from);
  const isMark = (port: number) => port >= 40_000;
  for (const seen of since) {
    if (seen.kind === "query") assert.equal(seen.name, "allowed.test");
    if (seen.kind === "request") assert.equal(seen.headers.host, "allowed.test");
    if (seen.kind !== "packet" || isMark(seen.port)) continue;
    const expected = [`${addresses.nameServer}:53`, `${addresses.allowed}:80`, `${addresses.allowed}:443`];
    assert.ok(expected.includes(`${seen.to}:${seen.port}`), `a packet to ${seen.to}:${seen.port} left`);
  }
  assert.ok(since.length > 0, "the watch saw nothing at all");
}
