import { type AttackCase, allRuntimes, type Observation, systemRuntimes } from "../attack-case.ts";
import type { Lab } from "../lab/lab.ts";
import { labSpec } from "../lab/lab.ts";

/** Requests that ask for more than the policy grants. */
export const requestCases: readonly AttackCase[] = [
  {
    name: "policy-variables",
    attack: 85,
    title: "Setting LD_PRELOAD and the proxy variables from the request",
    protection: "the policy names the variables that may be set",
    runtimes: allRuntimes,
    async off(lab) {
      const container = await lab.place();
      const { stdout } = await container.run(["sh", "-c", "echo $HTTPS_PROXY"], {
        env: { HTTPS_PROXY: "evil" },
      });
      return { succeeded: stdout.trim() === "evil", seen: "the variable is set" };
    },
    async on(lab, runtime) {
      const { client } = await lab.shared(runtime);
      const env = { HTTPS_PROXY: "http://evil.test", LD_PRELOAD: "/workspace/evil.so" };
      const code = await codeOf(client.create(labSpec(runtime, { env })));
      return { succeeded: code === "granted", seen: `refused: ${code}` };
    },
  },
  {
    name: "image-reference",
    attack: 86,
    title: "Images of other registries, of the host's network, and texts that are options",
    protection: "the policy's list of images",
    runtimes: systemRuntimes,
    off: "what is not refused would be pulled from the network that it names",
    async on(lab, runtime) {
      const { client } = await lab.shared(runtime);
      const images = [
        "--privileged",
        "169.254.169.254/x",
        "evil.test/python:3.11-slim",
        "python:3.11-slim@sha256:0",
      ];
      const codes = new Set<string>();
      for (const image of images) codes.add(await codeOf(client.create(labSpec(runtime, { image }))));
      return { succeeded: codes.has("granted"), seen: `refused: ${[...codes].sort().join(", ")}` };
    },
  },
  {
    name: "user-option",
    attack: 88,
    title: "Running a command as root by the user option",
    protection: "the policy names the users that may be asked for",
    runtimes: systemRuntimes,
    async off(lab) {
      const { client } = await lab.client(lab.controlRuntime, { users: ["*"] });
      await using sandbox = await client.create(labSpec(lab.controlRuntime));
      const { stdout } = await sandbox.exec("id", ["-u"], { user: "0:0" });
      return { succeeded: stdout.trim() === "0", seen: "the command ran as root" };
    },
    async on(lab, runtime) {
      const sandbox = await lab.sandbox(runtime, "sealed");
      const code = await codeOf(sandbox.exec("id", [], { user: "0:0" }));
      return { succeeded: code === "granted", seen: `refused: ${code}` };
    },
  },
  {
    name: "quota-race",
    attack: 94,
    title: "Creating more sandboxes than the quota, all at once",
    protection: "limits.sandboxes",
    runtimes: ["embedded"],
    off: async (lab) => await race(lab, {}),
    on: async (lab) => await race(lab, { limits: { sandboxes: 2 } }),
  },
];

async function race(lab: Lab, fields: Parameters<Lab["client"]>[1]): Promise<Observation> {
  const { client } = await lab.client("embedded", fields);
  const attempts = await Promise.allSettled(
    Array.from({ length: 6 }, () => client.create(labSpec("embedded"))),
  );
  const made = attempts.filter(({ status }) => status === "fulfilled").length;
  await client.close();
  return { succeeded: made > 2, seen: `${made} of 6 were made` };
}

function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "granted",
    (error: { readonly code?: string }) => error.code ?? "no code",
  );
}
