import { describe, expect, test } from "vitest";
import type { RuntimeSpec } from "../../src/runtime/index.ts";
import { attachSandbox, clientFor, type SandboxSpec } from "../../src/sandbox/index.ts";
import { waitUntil } from "../support/wait-until.ts";
import { errorOf } from "./support/error-of.ts";
import { setUp, setUpSandbox } from "./support/set-up.ts";

describe("snapshots of a client", () => {
  test("are taken, listed in order, used and removed", async () => {
    const { client, sandbox } = await setUpSandbox();
    await sandbox.files.write("a.txt", "saved");
    const taken = await sandbox.snapshot("ready", { labels: { team: "web" } });
    expect(taken).toMatchObject({ name: "ready", sandbox: "box", runtime: "fake", labels: { team: "web" } });
    await sandbox.snapshot("a");
    expect((await client.listSnapshots()).map(({ name }) => name)).toEqual(["a", "ready"]);
    const restored = await client.create({ name: "second", snapshot: "ready" });
    expect(await restored.files.readText("a.txt")).toBe("saved");
    await client.removeSnapshot("a");
    await client.removeSnapshot("a");
    expect((await client.listSnapshots()).map(({ name }) => name)).toEqual(["ready"]);
  });

  test("give the runtime the image and the identity of the snapshot, and nothing else", async () => {
    const { runtime, client } = setUp();
    const source = await client.create({ name: "box", image: "mine:1", env: { A: "1" }, labels: { l: "1" } });
    const { id } = await source.snapshot("ready");
    let seen: RuntimeSpec | undefined;
    const create = runtime.create.bind(runtime);
    runtime.create = async (spec, options) => {
      seen = spec;
      return await create(spec, options);
    };
    await client.create({ name: "second", snapshot: "ready", memoryMib: 64 });
    expect(seen).toMatchObject({ image: "mine:1", snapshot: "ready", snapshotId: id, env: {}, labels: {} });
    expect(seen?.caps.memoryMib).toBe(64);
  });

  test.each<[string, object, string]>([
    ["an image beside the snapshot", { snapshot: "ready", image: "x:1" }, "invalid_argument"],
    ["a bad name", { snapshot: "../x" }, "invalid_argument"],
    ["one that does not exist", { snapshot: "none" }, "not_found"],
  ])("refuse %s", async (_what, fields, code) => {
    const { client } = setUp();
    expect((await errorOf(client.create({ name: "box", ...fields } as SandboxSpec))).code).toBe(code);
    expect(await client.list()).toEqual([]);
  });

  test("are refused where the runtime has none", async () => {
    const { client, sandbox } = await setUpSandbox({ capabilities: { snapshots: false } });
    for (const call of [sandbox.snapshot("a"), client.create({ name: "b", snapshot: "a" })])
      expect(await errorOf(call)).toMatchObject({ code: "unsupported", data: { capability: "snapshots" } });
    expect(await client.listSnapshots()).toEqual([]);
    await client.removeSnapshot("a");
  });

  test("that come after the caller has gone are removed", async () => {
    const { runtime, client, sandbox } = await setUpSandbox({}, { deadlines: { settleMs: 1 } });
    runtime.hang("snapshot");
    const controller = new AbortController();
    const taking = sandbox.snapshot("late", { signal: controller.signal });
    controller.abort();
    expect((await errorOf(taking)).code).toBe("cancelled");
    runtime.clear();
    await waitUntil("the late one is gone", async () => {
      const asked = runtime.calls.some(({ primitive }) => primitive === "snapshots");
      return asked && (await client.listSnapshots()).length === 0;
    });
  });

  test("a replaced snapshot is not used for the one that was looked up", async () => {
    const { runtime, client, sandbox } = await setUpSandbox();
    await sandbox.snapshot("ready");
    const create = runtime.create.bind(runtime);
    runtime.create = async (spec, options) => {
      await client.removeSnapshot("ready");
      await sandbox.snapshot("ready");
      return await create(spec, options);
    };
    expect((await errorOf(client.create({ name: "second", snapshot: "ready" }))).code).toBe("not_found");
  });
});

describe("an agent's client", () => {
  function setUpAgents() {
    const { runtime } = setUp();
    const client = clientFor(runtime);
    const [one, two] = [attachSandbox({}, client).sandbox, attachSandbox({}, client).sandbox];
    return { client, one, two };
  }

  test("sees and uses the snapshots that it took, and no other's", async () => {
    const { client, one, two } = setUpAgents();
    const sandbox = await one.create({ name: "box" });
    await sandbox.snapshot("mine");
    expect((await one.listSnapshots()).map(({ name }) => name)).toEqual(["mine"]);
    expect(await two.listSnapshots()).toEqual([]);
    expect((await errorOf(two.create({ name: "thief", snapshot: "mine" }))).code).toBe("not_found");
    await two.removeSnapshot("mine");
    expect(await client.listSnapshots()).toHaveLength(1);
    expect((await one.create({ name: "second", snapshot: "mine" })).name).toBe("second");
    await one.removeSnapshot("mine");
    expect(await client.listSnapshots()).toEqual([]);
  });

  test("does not take what another put in place of its own for its own", async () => {
    const { client, one } = setUpAgents();
    await (await one.create({ name: "box" })).snapshot("mine");
    await client.removeSnapshot("mine");
    await (await client.create({ name: "other" })).snapshot("mine");
    expect(await one.listSnapshots()).toEqual([]);
    expect((await errorOf(one.create({ name: "second", snapshot: "mine" }))).code).toBe("not_found");
  });

  test("uses and cannot remove what the platform shares", async () => {
    const { client } = setUpAgents();
    await (await client.create({ name: "golden" })).snapshot("base");
    const agent = attachSandbox({}, client, { snapshots: ["base"] }).sandbox;
    expect((await agent.create({ name: "box", snapshot: "base" })).name).toBe("box");
    expect((await agent.listSnapshots()).map(({ name }) => name)).toEqual(["base"]);
    await agent.removeSnapshot("base");
    expect(await client.listSnapshots()).toHaveLength(1);
  });
});

describe("images on the host", () => {
  test.each(["folder:/srv/a", "disk:/srv/a.raw", "archive:/srv/a.tar"])(
    "%s reaches a runtime that has them",
    async (image) => {
      const { client } = setUp();
      expect((await (await client.create({ name: "box", image })).info()).image).toBe(image);
    },
  );

  test.each(["folder:/srv/../etc", "folder:srv/a", "/srv/a", "folder:/", "folder:/a b", "disk:/a//b.raw"])(
    "%s is no image",
    async (image) => {
      const { client } = setUp();
      expect((await errorOf(client.create({ name: "box", image }))).code).toBe("invalid_argument");
    },
  );

  test("are refused where the runtime has none, also as the default", async () => {
    const capabilities = { hostImages: false };
    const { client } = setUp({ capabilities }, { defaultImage: "folder:/srv/a" });
    for (const spec of [{ name: "box" }, { name: "box", image: "folder:/srv/b" }])
      expect(await errorOf(client.create(spec))).toMatchObject({
        code: "unsupported",
        data: { capability: "hostImages" },
      });
  });
});
