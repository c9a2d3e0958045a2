import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { createSandboxClient } from "../../../src/connect.ts";
import type { Lab } from "../lab/lab.ts";
import { labSpec } from "../lab/lab.ts";
import { labPolicy } from "../lab/lab-policy.ts";
import { newScene } from "../lab/scene.ts";
import { isInMemory, placesWithCanary } from "./canary-search.ts";
import type { LabCheck } from "./lab-check.ts";

/** Uses the secret over HTTPS with curl and Python, then stays, with all that it has seen in its memory. */
const useIt = (
  token: string,
) => `curl -sS -m 20 -H "Authorization: Bearer $KEY" https://api.test/${token}-curl
exec python3 -c '
import os, urllib.request
request = urllib.request.Request("https://api.test/${token}-python", headers={"Authorization": "Bearer " + os.environ["KEY"]})
print(urllib.request.urlopen(request, timeout=20).status, flush=True)
import time
time.sleep(1000)'`;

/** Runs it in a sandbox under a policy with an audit file; searches whatever the run has left. Returns where the value was found. */
async function search(lab: Lab, inject: "env" | "proxy"): Promise<readonly string[]> {
  const canary = `canary${randomBytes(16).toString("hex")}`;
  const startedAt = Date.now();
  const folder = mkdtempSync(join(tmpdir(), "ctx-sandbox-canary-"));
  const namespace = `canary-${inject}-${process.pid}`;
  const file = join(folder, "audit.jsonl");
  const client = await createSandboxClient({
    runtime: "docker",
    docker: { host: lab.dockerHost, namespace },
    policy: labPolicy([lab.internet.certificateAuthority], {
      audit: { required: true, arguments: "full", file },
      secrets: {
        key: {
          from: { value: () => canary },
          inject,
          env: "KEY",
          ...(inject === "proxy" && { hosts: ["api.test"] }),
        },
      },
    }),
  });
  try {
    const sandbox = await client.create(labSpec("docker", { egress: ["api.test"], secrets: ["key"] }));
    await sandbox.files.write("/workspace/authority.pem", lab.internet.certificateAuthority);
    const { token } = newScene();
    const prelude =
      inject === "env" ? "export SSL_CERT_FILE=/workspace/authority.pem CURL_CA_BUNDLE=$SSL_CERT_FILE;" : "";
    const running = await sandbox.spawn("sh", ["-c", prelude + useIt(token)]);
    let output = "";
    for await (const { data } of running.output) {
      output += Buffer.from(data).toString();
      if (output.includes("200")) break;
    }
    const arrived = (await lab.arrivals()).filter(
      (seen) =>
        seen.kind === "request" &&
        seen.target.includes(token) &&
        seen.headers.authorization === `Bearer ${canary}`,
    );
    assert.equal(arrived.length, 2, `the value got to its own host from curl and Python: ${output}`);
    const errors = await Promise.all(
      [
        sandbox.files.readText("/workspace/missing"),
        sandbox.exec("sh", ["-c", "exit 3"], { check: true }),
        client.create(labSpec("docker", { egress: ["evil.test"], secrets: ["key"] })),
      ].map((attempt) =>
        attempt.then(String, (error: unknown) => inspect(error, { depth: null, showHidden: true })),
      ),
    );
    const texts = {
      output,
      errors: errors.join(),
      logs: await sandbox.logs(),
      info: inspect(await sandbox.info()),
    };
    const found = await placesWithCanary({ lab, namespace, canary, texts, folder, startedAt });
    const inMemory = await isInMemory(lab, namespace, canary);
    await running.kill("SIGKILL");
    return inMemory ? ["the memory of the sandbox's processes", ...found] : found;
  } finally {
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const canaryChecks: readonly LabCheck[] = [
  {
    name: "value-nowhere",
    title:
      "a proxy secret's value is nowhere: not in the sandbox's memory, the engine's knowledge of it, logs, audit, files, arguments or errors",
    async run(lab) {
      assert.deepEqual(await search(lab, "proxy"), []);
    },
  },
  {
    name: "value-found",
    title: "the same search finds the value where it is put into the environment",
    async run(lab) {
      const found = await search(lab, "env");
      assert.ok(
        found.includes("the memory of the sandbox's processes"),
        `found only in: ${found.join(", ")}`,
      );
    },
  },
];
