import { existsSync } from "node:fs";
import { statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerRuntime } from "../../../runtimes/docker/index.ts";
import { describeWith } from "../../support/components.ts";
import { PrivateEngine, tinyImage } from "../../support/private-engine.ts";
import { runCommand, testSpec } from "../../support/run-command.ts";

describeWith("docker", "an engine that fails", () => {
  let engine: PrivateEngine;
  let runtime: ReturnType<typeof dockerRuntime>;
  const spec = () =>
    testSpec({ image: tinyImage, caps: { memoryMib: 64, cpus: 1, pids: 64, diskMib: 8, openFiles: 128 } });

  beforeAll(async () => {
    engine = new PrivateEngine(96);
    await engine.start();
    runtime = dockerRuntime({ host: engine.host });
  });
  afterAll(async () => {
    await runtime.close();
    await engine.remove();
    expect(existsSync(engine.folder)).toBe(false);
  });

  test("a container killed behind our back makes its command and every later call sandbox_lost", async () => {
    const sandbox = await runtime.create(spec());
    const process = await sandbox.spawn({ argv: ["sleep", "1000"], env: {}, cwd: "/", stdin: "none" });
    const drained = (async () => {
      for await (const _chunk of process.output);
    })();
    await engine.client.getContainer(`ctx-sandbox.${sandbox.name}`).kill();
    await expect(process.wait()).rejects.toMatchObject({ code: "sandbox_lost" });
    await expect(drained).rejects.toMatchObject({ code: "sandbox_lost" });
    await process.kill("SIGKILL");
    await expect(runCommand(sandbox, ["echo"])).rejects.toMatchObject({ code: "sandbox_lost" });
    await expect(sandbox.start()).rejects.toMatchObject({ code: "sandbox_lost" });
    expect((await sandbox.inspect()).status).toBe("lost");
    expect(await runtime.list()).toMatchObject([{ name: sandbox.name, status: "lost" }]);
    await sandbox.destroy();
    await expect(sandbox.inspect()).rejects.toMatchObject({ code: "sandbox_lost" });
    await sandbox.destroy();
    expect((await engine.client.listVolumes()).Volumes ?? []).toEqual([]);
  });

  test("a sandbox removed behind our back is sandbox_lost, and attaching to it not_found", async () => {
    const sandbox = await runtime.create(spec());
    await engine.client.getContainer(`ctx-sandbox.${sandbox.name}`).remove({ force: true, v: true });
    await expect(runCommand(sandbox, ["echo"])).rejects.toMatchObject({ code: "sandbox_lost" });
    await expect(sandbox.stop({ graceMs: 0 })).rejects.toMatchObject({ code: "sandbox_lost" });
    await expect(runtime.attach(sandbox.name)).rejects.toMatchObject({ code: "not_found" });
  });

  test("an image without a shell is refused, and nothing is left", async () => {
    const empty = join(engine.folder, "empty.tar");
    await writeFile(empty, Buffer.alloc(10_240));
    for await (const _line of await engine.client.importImage(empty, {
      repo: "ctx-sandbox-test",
      tag: "empty",
    }));
    const refused = runtime.create({ ...spec(), image: "ctx-sandbox-test:empty" });
    await expect(refused).rejects.toMatchObject({ code: "unsupported", data: { capability: "images" } });
    expect(await runtime.list()).toEqual([]);
    expect((await engine.client.listVolumes()).Volumes ?? []).toEqual([]);
  });

  test("an engine that crashes mid-command is connection_lost; after its restart the sandbox is lost and can be removed", async () => {
    const sandbox = await runtime.create(spec());
    const process = await sandbox.spawn({ argv: ["sleep", "1000"], env: {}, cwd: "/", stdin: "none" });
    await engine.crash();
    await expect(process.wait()).rejects.toMatchObject({ code: "connection_lost" });
    await expect(runtime.create(spec())).rejects.toMatchObject({ code: "connection_lost" });
    await expect(runtime.list()).rejects.toMatchObject({ code: "connection_lost" });
    expect(await runtime.probe()).toMatchObject({
      available: false,
      reason: expect.stringContaining(engine.host),
    });
    await engine.start();
    expect(await runtime.list()).toMatchObject([{ name: sandbox.name, status: "lost" }]);
    await (await runtime.attach(sandbox.name)).destroy();
    expect(await runtime.list()).toEqual([]);
  });

  test("a full engine is storage_full, and nothing is left", async () => {
    const filler = join(engine.data, "filler");
    const { bavail, bsize } = await statfs(engine.data);
    await writeFile(filler, Buffer.alloc(bavail * bsize)).catch(() => {});
    await expect(runtime.create(spec())).rejects.toMatchObject({ code: "storage_full" });
    await writeFile(filler, "");
    expect(await runtime.list()).toEqual([]);
    const sandbox = await runtime.create(spec());
    expect(await runCommand(sandbox, ["echo", "again"])).toMatchObject({ stdout: "again\n" });
    await sandbox.destroy();
  });
});
