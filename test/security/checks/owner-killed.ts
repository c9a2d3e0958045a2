import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { waitUntil } from "../../support/wait-until.ts";
import type { Lab } from "../lab/lab.ts";
import { newScene } from "../lab/scene.ts";
import type { LabCheck } from "./lab-check.ts";

const program = fileURLToPath(new URL("hold-egress-main.ts", import.meta.url));

/** Runs a command in a container by its name, as another owner of the engine could. */
async function run(lab: Lab, name: string, script: string): Promise<number> {
  const exec = await lab.docker.getContainer(name).exec({ Cmd: ["sh", "-c", script], AttachStdout: true });
  const stream = await exec.start({ hijack: true, stdin: false });
  stream.resume();
  await once(stream, "end");
  return (await exec.inspect()).ExitCode ?? -1;
}

export const ownerChecks: readonly LabCheck[] = [
  {
    name: "owner-killed",
    title: "kill -9 of the process that made a sandbox ends all its egress, while the sandbox still runs",
    async run(lab) {
      const namespace = `killed-${process.pid}`;
      const owner = spawn(process.execPath, [program, lab.dockerHost, namespace], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      try {
        const [container] = (await once(createInterface(owner.stdout), "line")) as [string];
        const [before, after] = [newScene().token, newScene().token];
        const ask = (token: string) =>
          run(lab, container, `curl -s -m 10 -o /dev/null http://allowed.test/${token}`);
        assert.equal(await ask(before), 0, "the host is reached while the owner lives");
        const ended = once(owner, "exit");
        owner.kill("SIGKILL");
        await ended;
        await waitUntil("the way out is closed", async () => (await ask(newScene().token)) !== 0);
        assert.notEqual(await ask(after), 0);
        assert.notEqual(await run(lab, container, `curl -s -m 5 http://203.0.113.10/${after}`), 0);
        const seen = JSON.stringify(await lab.arrivals());
        assert.ok(
          seen.includes(before) && !seen.includes(after),
          "something arrived after the owner's death",
        );
      } finally {
        owner.kill("SIGKILL");
        await removeAll(lab, namespace);
      }
    },
  },
];

/** What a killed owner leaves is for the reaper; here it is removed at once. */
async function removeAll({ docker }: Lab, namespace: string): Promise<void> {
  const filters = JSON.stringify({ label: [`ctx-sandbox.namespace=${namespace}`] });
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await docker
      .getContainer(Id)
      .remove({ force: true, v: true })
      .catch(() => {});
  for (const { Name } of (await docker.listVolumes({ filters })).Volumes ?? [])
    await docker
      .getVolume(Name)
      .remove({ force: true })
      .catch(() => {});
}
