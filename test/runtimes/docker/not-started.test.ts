import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerRuntime } from "../../../runtimes/docker/index.ts";
import type { RuntimeSandbox } from "../../../src/runtime/index.ts";
import { describeWith } from "../../support/components.ts";
import { runCommand, testSpec } from "../../support/run-command.ts";

describeWith("docker", "commands that the engine cannot start", (host) => {
  const namespace = `not-started-${process.pid}`;
  const runtime = dockerRuntime({ host, namespace });
  let sandbox: RuntimeSandbox;

  beforeAll(async () => {
    sandbox = await runtime.create(testSpec());
  });
  afterAll(async () => {
    await sandbox.destroy();
    await runtime.close();
  });

  test("what the engine says of one is an error, and never the command's output", async () => {
    const command = {
      argv: ["true"],
      env: {},
      cwd: "/workspace",
      stdin: "none",
      user: "nobody-here",
    } as const;
    const expected = { code: "invalid_argument", message: expect.stringContaining('"nobody-here"') };
    const started = sandbox.spawn(command);
    await expect(started.then((process) => process.wait())).rejects.toMatchObject(expected);
    const again = await sandbox.spawn(command).catch((error: unknown) => error);
    if (again instanceof Error) return expect(again).toMatchObject(expected);
    const { output } = again as Awaited<typeof started>;
    const chunks: string[] = [];
    const read = async () => {
      for await (const { data } of output) chunks.push(Buffer.from(data).toString());
    };
    await expect(read()).rejects.toMatchObject(expected);
    expect(chunks).toEqual([]);
  });

  test("output that looks like the engine's own is the command's", async () => {
    const words = "OCI runtime exec failed: exec failed\r\n";
    const program = ["sh", "-c", 'printf %s "$1"; exit 126', "sh", words] as const;
    expect(await runCommand(sandbox, program)).toMatchObject({ stdout: words, exitCode: 126 });
  });

  test("a kill has been obeyed when it resolves, so that it ends nothing that is started later", async () => {
    const containers = new Docker({ socketPath: host.replace(/^unix:\/\//, "") });
    const filters = { label: [`ctx-sandbox.namespace=${namespace}`] };
    const [found] = await containers.listContainers({ filters });
    const container = containers.getContainer(found?.Id ?? "");
    await container.kill({ signal: "SIGSTOP" });
    let isKilled = false;
    const killing = Promise.all([sandbox.kill(), sandbox.kill()]).then(() => {
      isKilled = true;
    });
    await sleep(500);
    expect(isKilled).toBe(false);
    await container.kill({ signal: "SIGCONT" });
    await killing;
    await sandbox.start?.();
    expect(await runCommand(sandbox, ["echo", "alive"])).toMatchObject({ stdout: "alive\n", exitCode: 0 });
  });
});
