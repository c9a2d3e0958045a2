import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  newRecord,
  type StoredRecord,
  vendorLabels,
  vendorName,
} from "../../runtimes/microsandbox/labels.ts";
import { loadSdk, type Sdk, vendorHome } from "../../runtimes/microsandbox/sdk.ts";
import { StateFolder } from "../../runtimes/microsandbox/state-folder.ts";
import { sweep } from "../../runtimes/microsandbox/sweep.ts";
import type { RuntimeSpec } from "../../src/runtime/index.ts";
import { currentOwner } from "../../src/util/owner.ts";
import { findComponent, requireComponent } from "../support/components.ts";
import { testSpec } from "../support/run-command.ts";

const namespace = `sweep-${crypto.randomUUID().slice(0, 8)}`;
const hourMs = 3_600_000;
let sdk: Sdk;
let state: StateFolder;
/** An empty root folder: a guest boots from it, and needs no image. */
let root: string;

beforeAll(async () => {
  if (!findComponent("microvm").available) return;
  sdk = await loadSdk();
  state = new StateFolder(namespace);
  root = await mkdtemp(join(tmpdir(), "ctx-sandbox-test-root-"));
});

afterAll(async () => {
  if (root === undefined) return;
  for (const name of ["kept", "lonely", "young"]) {
    const handle = await sdk.Sandbox.get(vendorName(namespace, name)).catch(() => undefined);
    await handle?.destroy({ force: true });
  }
  await rm(root, { recursive: true, force: true });
  await rm(join(vendorHome(), "ctx-sandbox", namespace), { recursive: true, force: true });
});

async function boot(record: StoredRecord): Promise<void> {
  await sdk.Sandbox.builder(vendorName(namespace, record.name))
    .image(root)
    .cpus(1)
    .memory(128)
    .disableNetwork()
    .detached(true)
    .labels(vendorLabels(namespace, record))
    .create();
}

/** As if it had been made an hour ago. */
function age(name: string): void {
  const database = new DatabaseSync(join(vendorHome(), "db", "msb.db"));
  try {
    const at = new Date(Date.now() - hourMs).toISOString().replace("T", " ").replace("Z", "+00:00");
    const update = database.prepare("UPDATE sandbox SET created_at = ? WHERE name = ?");
    expect(update.run(at, vendorName(namespace, name)).changes).toBe(1);
  } finally {
    database.close();
  }
}

const recordOf = (name: string, fields: Partial<RuntimeSpec> = {}) =>
  newRecord(testSpec({ name, ...fields }));
const old = { createdAt: new Date(Date.now() - hourMs).toISOString() };

test("state folders without a microVM go with their owner or their time, and stay with them", async (context) => {
  requireComponent("microvm", context);
  const owner = currentOwner();
  const gone = { ...owner, boot: "another" };
  const stays = [
    { ...recordOf("owned", { owner }), ...old },
    recordOf("just-made", { expiresAt: new Date(Date.now() + hourMs) }),
  ];
  const goes = [
    recordOf("expired", { owner, expiresAt: new Date(Date.now() - 1) }),
    recordOf("orphan", { owner: gone }),
    { ...recordOf("old", { expiresAt: new Date(Date.now() + hourMs) }), ...old },
  ];
  const moved = recordOf("moved", { owner, expiresAt: new Date(Date.now() + hourMs) });
  for (const record of [...stays, ...goes, moved]) await state.create(record);
  await state.markExpiry(moved.id, new Date(Date.now() - 1));
  const damaged = recordOf("damaged");
  await state.create(damaged);
  await writeFile(join(state.folder(damaged.id), "record.json"), "{");
  await utimes(state.folder(damaged.id), 0, 0);

  const swept = await sweep(sdk, state, namespace, vendorHome());
  const names = [...goes, moved].map(({ name }) => vendorName(namespace, name));
  expect(swept.sort()).toEqual([...names, damaged.id].sort());
  expect((await state.ids()).sort()).toEqual(stays.map(({ id }) => id).sort());
  expect(await sweep(sdk, state, namespace, vendorHome())).toEqual([]);
});

test("microVMs without a record go when they are old; with one they stay, whatever their age", async (context) => {
  requireComponent("microvm", context);
  const [kept, lonely, young] = [recordOf("kept"), recordOf("lonely"), recordOf("young")];
  await state.create(kept);
  for (const record of [kept, lonely, young]) await boot(record);
  age("kept");
  age("lonely");
  expect(await sweep(sdk, state, namespace, vendorHome())).toEqual([vendorName(namespace, "lonely")]);
  await expect(sdk.Sandbox.get(vendorName(namespace, "lonely"))).rejects.toThrow();
  for (const { name } of [kept, young]) {
    expect((await sdk.Sandbox.get(vendorName(namespace, name))).status).toBe("running");
  }
});

test("folders of the vendor that belong to nothing go when they are old", async (context) => {
  requireComponent("microvm", context);
  const folders = ["half-made", "old-one", "fresh-one"].map((name) => vendorName(namespace, name));
  const paths = folders.map((name) => join(vendorHome(), "sandboxes", name));
  const record = { ...recordOf("half-made", { owner: currentOwner() }), ...old };
  await state.create(record);
  for (const [index, path] of paths.entries()) {
    await mkdir(join(path, "logs"), { recursive: true });
    if (index < 2) await utimes(path, 0, 0);
  }
  expect(await sweep(sdk, state, namespace, vendorHome())).toEqual([folders[1]]);
  expect(paths.map((path) => existsSync(path))).toEqual([true, false, true]);
  for (const path of paths) await rm(path, { recursive: true, force: true });
});
