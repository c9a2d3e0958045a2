import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";

/** What list() and listInfo() show. */
export const lifecycleListClauses: readonly Clause[] = clauseGroup("lifecycle", [
  {
    name: "list-names",
    behaviour: "list() gives the names of the sandboxes, sorted, each once",
    async run({ sandbox, client }) {
      const made = await Promise.all([sandbox(), sandbox()]);
      const names = await client.list();
      for (const { name } of made) assert.ok(names.includes(name), `${name} is not in the list`);
      assert.deepEqual(names, [...new Set(names)].sort());
    },
  },
  {
    name: "list-info",
    behaviour: "listInfo() tells of each sandbox what its own info() tells",
    async run({ sandbox, client }) {
      const handle = await sandbox({ labels: { purpose: "list-info" }, ttlMs: 3_600_000 });
      const listed = (await client.listInfo()).find(({ name }) => name === handle.name);
      assert.deepEqual(listed, await handle.info());
    },
  },
  {
    name: "list-by-label",
    behaviour: "a label filter gives the sandboxes that have all of its labels with exactly these values",
    async run({ sandbox, client, name }) {
      const run = name();
      const [a, b] = await Promise.all([
        sandbox({ labels: { run, kind: "a" } }),
        sandbox({ labels: { run, kind: "b" } }),
      ]);
      assert.deepEqual(await client.list({ labels: { run } }), [a.name, b.name].sort());
      assert.deepEqual(await client.list({ labels: { run, kind: "b" } }), [b.name]);
      assert.deepEqual(await client.list({ labels: { run, kind: "" } }), []);
      assert.deepEqual(await client.list({ labels: { run, other: "a" } }), []);
    },
  },
  {
    name: "list-by-status",
    behaviour: "a status filter tells running and stopped sandboxes apart",
    async run({ sandbox, client, name }) {
      const labels = { run: name() };
      const [running, stopped] = await Promise.all([sandbox({ labels }), sandbox({ labels })]);
      await stopped.kill();
      assert.deepEqual(await client.list({ labels, status: "running" }), [running.name]);
      assert.deepEqual(await client.list({ labels, status: "stopped" }), [stopped.name]);
    },
  },
]);
