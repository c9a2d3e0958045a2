import { expect, onTestFinished, test } from "vitest";
import { vendorName } from "../../runtimes/microsandbox/labels.ts";
import { loadSdk } from "../../runtimes/microsandbox/sdk.ts";
import { MicrosandboxSnapshots } from "../../runtimes/microsandbox/snapshots.ts";
import { requireComponent } from "../support/components.ts";

const image = "python:3.11-slim";
const namespace = "snapshot-test";

test("the disk of a microVM that is shut down is saved, told, restored and removed", async (context) => {
  requireComponent("microvm", context);
  const sdk = await loadSdk();
  const builder = (name: string) => {
    const made = sdk.Sandbox.builder(vendorName(namespace, name)).cpus(1).memory(256).disableNetwork();
    return made.security("default").detached(true).quietLogs();
  };
  const end = async (name: string) => {
    const handle = await sdk.Sandbox.get(vendorName(namespace, name)).catch(() => undefined);
    await handle?.destroy({ force: true });
  };
  const snapshots = new MicrosandboxSnapshots(async () => sdk, namespace);
  onTestFinished(async () => {
    for (const name of ["source", "restored", "replaced"]) await end(name);
    for (const one of await snapshots.list()) await snapshots.remove(one);
  });

  const source = { sandbox: "source", image };
  const machine = await builder("source").image(image).create();
  await machine.exec("sh", ["-c", "echo saved > /root/file; sync"]);
  const running = await snapshots.take("ready", source).catch((error: unknown) => error);
  expect(running).toMatchObject({ message: expect.stringContaining("not stopped") });
  expect(await snapshots.list()).toEqual([]);
  await (await sdk.Sandbox.get(vendorName(namespace, "source"))).stop();

  const labels = { "it's": 'a "hostile"\nvalue', empty: "" };
  const taken = await snapshots.take("ready", source, { labels });
  expect(taken).toMatchObject({ name: "ready", image, sandbox: "source", runtime: "microsandbox", labels });
  expect(taken.sizeBytes).toBeGreaterThan(0);
  expect(taken.sizeBytes).toBeLessThan(1 << 30);
  expect(await snapshots.list()).toEqual([taken]);
  expect(await new MicrosandboxSnapshots(async () => sdk, "other").list()).toEqual([]);
  await expect(snapshots.take("ready", source)).rejects.toMatchObject({ code: "already_exists" });
  await expect(snapshots.find("none")).rejects.toMatchObject({ code: "not_found" });
  const signal = AbortSignal.abort();
  await expect(snapshots.take("cancelled", source, { signal })).rejects.toMatchObject({ code: "cancelled" });
  expect(await snapshots.list()).toHaveLength(1);

  const spec = { snapshot: "ready", snapshotId: taken.id, image };
  for (const wrong of [{ snapshot: "none" }, { snapshotId: "other" }, { image: "other:1" }]) {
    const preparing = snapshots.prepare({ ...spec, ...wrong }, { pull: "never" });
    await expect(preparing).rejects.toMatchObject({ code: "not_found" });
  }
  const prepared = await snapshots.prepare(spec, { pull: "never" });
  const restored = await prepared.create(prepared.apply(builder("restored")));
  expect((await restored.exec("cat", ["/root/file"])).stdout()).toBe("saved\n");

  // What takes its place between the look and the boot is not used.
  const late = await snapshots.prepare(spec, { pull: "never" });
  await snapshots.remove(taken);
  const second = await snapshots.take("ready", source);
  expect(second.id).not.toBe(taken.id);
  await snapshots.remove(taken);
  expect(await snapshots.list()).toHaveLength(1);
  await expect(late.create(late.apply(builder("replaced")))).rejects.toMatchObject({ code: "not_found" });
  await expect(sdk.Sandbox.get(vendorName(namespace, "replaced"))).rejects.toThrow();
  await snapshots.remove(second);
  await snapshots.remove(second);
  expect(await snapshots.list()).toEqual([]);
  expect((await restored.exec("cat", ["/root/file"])).stdout()).toBe("saved\n");
});
