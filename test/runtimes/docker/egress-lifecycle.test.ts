import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import Docker from "dockerode";
import { afterAll, afterEach, expect, test } from "vitest";
import { dockerRuntime } from "../../../runtimes/docker/index.ts";
import type { RuntimeSandbox, RuntimeSpec } from "../../../src/runtime/index.ts";
import { currentOwner } from "../../../src/util/owner.ts";
import { describeWith } from "../../support/components.ts";
import { runCommand, testSpec } from "../../support/run-command.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { FakeGateway, saying } from "./support/fake-gateway.ts";

const fetchAllowed = [
  "python3",
  "-c",
  "from urllib.request import *; print(urlopen('http://allowed.test/').read())",
] as const;
const withoutPython = "ctx-sandbox-test:without-python";

describeWith("docker", "the life of a Docker sandbox's egress", (host) => {
  const namespace = `egress-${process.pid}`;
  const engine = new Docker({ socketPath: host.replace("unix://", "") });
  const runtimes: ReturnType<typeof dockerRuntime>[] = [];
  const newRuntime = (options: Parameters<typeof dockerRuntime>[0] = {}) => {
    const runtime = dockerRuntime({ host, namespace, ...options });
    runtimes.push(runtime);
    return runtime;
  };
  const runtime = newRuntime();

  const serving = () => {
    const gateway = new FakeGateway();
    gateway.servers.set("allowed.test:80", saying("hello"));
    return gateway;
  };
  const create = (fields: Partial<RuntimeSpec> = {}) =>
    runtime.create(testSpec({ gateway: serving(), ...fields }));
  const fetched = async (sandbox: RuntimeSandbox) => await runCommand(sandbox, fetchAllowed);

  /** Names of everything on the engine that is of this namespace. */
  async function leftovers(): Promise<string[]> {
    const filters = JSON.stringify({ label: [`ctx-sandbox.namespace=${namespace}`] });
    const containers = await engine.listContainers({ all: true, filters });
    const { Volumes: volumes } = await engine.listVolumes({ filters });
    return [
      ...containers.flatMap(({ Names: names }) => names),
      ...(volumes ?? []).map(({ Name: name }) => name),
    ];
  }
  const holders = async () => (await leftovers()).filter((name) => name.includes("_holder_"));
  const noHolder = () => waitUntil("no holder is left", async () => (await holders()).length === 0);

  afterEach(async () => {
    for (const { name } of await runtime.list()) await (await runtime.attach(name)).destroy();
    await noHolder();
    expect(await leftovers()).toEqual([]);
  });
  afterAll(async () => {
    await Promise.all(runtimes.map((each) => each.close()));
    await engine
      .getImage(withoutPython)
      .remove({ force: true })
      .catch(() => {});
  });

  test("destroying removes the sandbox, the holder and the tunnel", async () => {
    const gateway = serving();
    const sandbox = await create({ gateway });
    expect((await fetched(sandbox)).exitCode).toBe(0);
    expect(await holders()).toHaveLength(1);
    await sandbox.destroy();
    expect(await leftovers()).toEqual([]);
    expect(gateway.listeners.size).toBe(0);
    await sandbox.destroy();
  });

  test("killing the owner with SIGKILL ends egress; commands go on", async () => {
    const program = fileURLToPath(new URL("support/owner-program.ts", import.meta.url));
    const owner = spawn(process.execPath, [program, host, namespace], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [name] = await once(owner.stdout, "data");
      const sandbox = await runtime.attach(String(name).trim());
      expect((await fetched(sandbox)).stdout).toBe("b'hello'\n");
      owner.kill("SIGKILL");
      await noHolder();
      const after = await fetched(sandbox);
      expect(after.stderr).toMatch(/refused/);
      expect((await runCommand(sandbox, ["ls", "/sys/class/net"])).stdout).toBe("lo\n");
    } finally {
      owner.kill("SIGKILL");
    }
  });

  test("a holder that is killed leaves a sandbox without egress", async () => {
    const gateway = serving();
    const sandbox = await create({ gateway });
    const [name = ""] = await holders();
    await engine.getContainer(name.slice(1)).kill();
    await waitUntil("the tunnel has ended", () => gateway.listeners.size === 0);
    expect((await fetched(sandbox)).stderr).toMatch(/refused/);
    expect(await runCommand(sandbox, ["sh", "-c", "cat /etc/resolv.conf; echo fine"])).toMatchObject({
      stdout: "nameserver 127.0.0.1\nfine\n",
    });
    expect((await sandbox.inspect()).status).toBe("running");
  });

  test("a sandbox that another process attached keeps the egress of its owner, and can be destroyed there", async () => {
    const sandbox = await create();
    const other = await newRuntime().attach(sandbox.name);
    expect((await fetched(other)).stdout).toBe("b'hello'\n");
    await other.destroy();
    expect(await leftovers()).toEqual([]);
  });

  test("closing the runtime ends the tunnels of sandboxes that it leaves", async () => {
    const closing = newRuntime();
    const gateway = serving();
    const sandbox = await closing.create(testSpec({ gateway }));
    await closing.close();
    expect(gateway.listeners.size).toBe(0);
    await noHolder();
    expect((await fetched(await runtime.attach(sandbox.name))).stderr).toMatch(/refused/);
  });

  test("closing the runtime ends the tunnel of a sandbox that is still being made", async () => {
    const closing = newRuntime();
    const gateway = serving();
    const making = closing.create(testSpec({ gateway })).catch(() => undefined);
    await closing.close();
    await making;
    expect(gateway.listeners.size).toBe(0);
    await noHolder();
  });

  test("an idle tunnel does not keep the process alive", async () => {
    const url = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
    const code = `
      import { dockerRuntime } from ${url("../../../runtimes/docker/index.ts")};
      import { testSpec } from ${url("../../support/run-command.ts")};
      import { FakeGateway } from ${url("support/fake-gateway.ts")};
      const runtime = dockerRuntime(${JSON.stringify({ host, namespace })});
      await runtime.create(testSpec({ gateway: new FakeGateway() }));
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "inherit" });
    const [exitCode] = await once(child, "exit");
    expect(exitCode).toBe(0);
  });

  test("a cancelled create leaves nothing, whenever it is cancelled", async () => {
    for (const delayMs of [0, 20, 60, 120, 200, 300, 400]) {
      const signal = AbortSignal.timeout(delayMs);
      const made = await create().catch(() => undefined);
      await made?.destroy();
      const aborted = runtime.create(testSpec({ gateway: new FakeGateway([80], "authority") }), { signal });
      const sandbox = await aborted.catch((error: unknown) => {
        expect(error).toMatchObject({ code: "cancelled" });
      });
      await sandbox?.destroy();
      await noHolder();
      expect(await leftovers()).toEqual([]);
    }
  });

  test("a name that is taken leaves no second holder", async () => {
    const sandbox = await create();
    await expect(create({ name: sandbox.name })).rejects.toMatchObject({ code: "already_exists" });
    await waitUntil("one holder is left", async () => (await holders()).length === 1);
    expect((await fetched(sandbox)).exitCode).toBe(0);
  });

  test("an image without Python gets its holder from the option egressImage; where neither has it, nothing is made", async () => {
    const container = await engine.createContainer({ Image: "python:3.11-slim", Entrypoint: ["true"] });
    await container.commit({
      repo: "ctx-sandbox-test",
      tag: "without-python",
      changes: "ENV PATH=/usr/sbin",
    });
    await container.remove();
    const unusable = newRuntime({ egressImage: "ctx-sandbox-test:none", pull: "never" });
    const spec = testSpec({ image: withoutPython, gateway: serving() });
    await expect(unusable.create(spec)).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(/no python3.*ctx-sandbox-test:none.*egressImage/s),
    });
    expect(await leftovers()).toEqual([]);
    const sandbox = await runtime.create(spec);
    const probe = "exec 3<>/dev/tcp/allowed.test/80; echo GET >&3; /bin/cat <&3";
    expect((await runCommand(sandbox, ["/bin/bash", "-c", probe])).stdout).toMatch(/hello$/);
  });

  test("the labels of an image pass neither for those of a holder nor for those of a sandbox", async () => {
    const victim = await create();
    const { Config: config } = await engine.getContainer(`${namespace}.${victim.name}`).inspect();
    const record = { ...JSON.parse(config.Labels["ctx-sandbox.record"] ?? ""), id: "made-up" };
    const forged = { ...record, expiresAt: "2000-01-01T00:00:00.000Z" };
    const container = await engine.createContainer({ Image: "python:3.11-slim", Entrypoint: ["true"] });
    const labels = {
      "ctx-sandbox.namespace": namespace,
      "ctx-sandbox.record": JSON.stringify(forged),
      "ctx-sandbox.holder-of": "nobody",
      "ctx-sandbox.owner": JSON.stringify({ ...currentOwner(), pid: 2 ** 22 + 1 }),
    };
    const changes = Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`);
    await container.commit({ repo: "ctx-sandbox-test", tag: "labelled", changes: changes.join("\n") });
    await container.remove();
    const hostile = await create({ image: "ctx-sandbox-test:labelled" });
    try {
      const listed = await runtime.list();
      expect(listed.map(({ name }) => name).sort()).toEqual([hostile.name, victim.name].sort());
      expect(listed.filter(({ expiresAt }) => expiresAt !== undefined)).toEqual([]);
      expect(await runtime.sweep()).toEqual([]);
      expect((await fetched(hostile)).exitCode).toBe(0);
      expect((await fetched(victim)).exitCode).toBe(0);
    } finally {
      await hostile.destroy();
      await engine.getImage("ctx-sandbox-test:labelled").remove({ force: true });
    }
  });

  test("sweeping removes holders whose owner or sandbox is gone, and no others", async () => {
    const owner = currentOwner();
    const sandbox = await create({ owner });
    const hold = async (id: string, fields: Partial<typeof owner>) => {
      const container = await engine.createContainer({
        name: `${namespace}_holder_${id}`,
        Image: "python:3.11-slim",
        Cmd: ["sleep", "1000"],
        Labels: {
          "ctx-sandbox.namespace": namespace,
          "ctx-sandbox.holder-of": id,
          "ctx-sandbox.owner": JSON.stringify({ ...owner, ...fields }),
        },
      });
      await container.start();
    };
    await hold("gone", { startTime: "1" });
    await hold("young", {});
    const removed = await runtime.sweep();
    expect(removed).toEqual([`${namespace}_holder_gone`]);
    expect((await fetched(sandbox)).exitCode).toBe(0);
    const young = engine.getContainer(`${namespace}_holder_young`);
    await young.remove({ force: true });
  });
});
