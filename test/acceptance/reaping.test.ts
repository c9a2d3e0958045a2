import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import Docker from "dockerode";
import { afterAll, expect, test } from "vitest";
import { describeWith } from "../support/components.ts";
import { projectFolder, runProgram } from "../support/run-program.ts";

const namespace = `reaping-${process.pid}`;

describeWith("docker", "reaping after kill -9", (host) => {
  const docker = new Docker({ socketPath: host.replace("unix://", "") });
  const filters = JSON.stringify({ label: [`ctx-sandbox.namespace=${namespace}`] });
  const containers = async () =>
    (await docker.listContainers({ all: true, filters })).map(({ Names: [name] }) => name);
  const volumes = async () => (await docker.listVolumes({ filters })).Volumes ?? [];

  async function hold(count: number) {
    const program = `${projectFolder}/test/acceptance/programs/hold-sandboxes.ts`;
    const child = spawn(process.execPath, [program, host, namespace, String(count)], {
      cwd: projectFolder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const kill = async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    };
    return { names: JSON.parse(line) as string[], kill };
  }

  const reap = async () => {
    const args = [
      "bin/ctx-sandbox.js",
      "--runtime",
      "docker",
      "--docker-host",
      host,
      "--namespace",
      namespace,
      "--json",
      "reap",
    ];
    const { exitCode, stdout, stderr } = await runProgram(process.execPath, args);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    return JSON.parse(stdout) as { removed: { name: string; reason: string }[] };
  };

  afterAll(async () => {
    for (const name of await containers())
      await docker.getContainer(name ?? "").remove({ force: true, v: true });
  });

  test("ten sandboxes of a killed process go with all that belongs to them; those of a living one stay", async () => {
    const [dead, living] = await Promise.all([hold(10), hold(2)]);
    try {
      expect(await containers()).toHaveLength(12);
      expect((await reap()).removed).toEqual([]);
      await dead.kill();
      const { removed } = await reap();
      expect(removed.map(({ name }) => name).sort()).toEqual([...dead.names].sort());
      expect(new Set(removed.map(({ reason }) => reason))).toEqual(new Set(["owner gone"]));
      expect((await containers()).sort()).toEqual(living.names.map((name) => `/${namespace}.${name}`).sort());
      // A workspace and a lease for each of the living.
      expect(await volumes()).toHaveLength(4);
    } finally {
      await dead.kill();
      await living.kill();
    }
    expect((await reap()).removed).toHaveLength(2);
    expect(await containers()).toEqual([]);
    expect(await volumes()).toEqual([]);
  });
});
