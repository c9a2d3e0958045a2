import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectRefusal } from "../expectations.ts";
import { hostileStrings } from "../hostile-strings.ts";

/** Names and labels. */
export const labelClauses: readonly Clause[] = clauseGroup("labels", [
  {
    name: "hostile-values",
    behaviour: "label values of any kind come back unchanged, and can be filtered by",
    async run({ sandbox, client, name }) {
      const run = name();
      const labels: Record<string, string> = { run };
      for (const [index, text] of hostileStrings.entries()) labels[`value-${index}`] = text;
      labels.long = "é".repeat(4_096);
      labels.empty = "";
      const handle = await sandbox({ labels });
      assert.deepEqual({ ...(await handle.info()).labels }, labels);
      const listed = await client.listInfo({ labels: { run } });
      assert.deepEqual({ ...listed[0]?.labels }, labels);
      assert.deepEqual(await client.list({ labels }), [handle.name]);
    },
  },
  {
    name: "hostile-keys",
    behaviour: "label keys of any kind come back unchanged, and can be filtered by",
    async run({ sandbox, client, name }) {
      const run = name();
      const keys = [
        "a.b",
        "a/b",
        "a=b",
        "two words",
        "é😀",
        "$(x)",
        "'",
        '"',
        "\\",
        "constructor",
        "k".repeat(128),
      ];
      const labels = Object.fromEntries([["run", run], ...keys.map((key) => [key, `of ${key}`])]);
      const handle = await sandbox({ labels });
      const found = (await handle.info()).labels;
      assert.deepEqual(Object.entries(found).sort(byKey), Object.entries(labels).sort(byKey));
      for (const key of keys) {
        const filter = Object.fromEntries([
          ["run", run],
          [key, labels[key] ?? ""],
        ]);
        assert.deepEqual(await client.list({ labels: filter }), [handle.name], key);
        const other = Object.fromEntries([
          ["run", run],
          [key, "other"],
        ]);
        assert.deepEqual(await client.list({ labels: other }), [], key);
      }
    },
  },
  {
    name: "label-limits",
    behaviour: "64 labels are accepted; more, longer keys and longer values are invalid_argument",
    async run({ sandbox, client, spec }) {
      const many = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, "value"]));
      const handle = await sandbox({ labels: many(64) });
      assert.equal(Object.keys((await handle.info()).labels).length, 64);
      for (const labels of [many(65), { ["k".repeat(129)]: "v" }, { k: "v".repeat(4_097) }]) {
        await expectRefusal(() => client.create(spec({ labels })), "invalid_argument");
      }
    },
  },
  {
    name: "names",
    behaviour: "every allowed name works, up to its longest",
    async run({ sandbox, client, name }) {
      const base = name();
      for (const suffix of ["", ".a", "_b", "-c", ".-_", "x".repeat(63 - base.length)]) {
        const handle = await sandbox({ name: base + suffix });
        assert.equal(handle.name, base + suffix);
        assert.ok((await client.list()).includes(base + suffix));
        await client.remove(base + suffix);
      }
    },
  },
  {
    name: "invalid-names",
    behaviour: "every other name is invalid_argument with the field, before anything is made",
    async run({ client, spec }) {
      const names = [
        "",
        "A",
        "-a",
        ".a",
        "_a",
        "a/b",
        "../a",
        "a b",
        "a\n",
        "é",
        "a\0",
        "a:b",
        "a@b",
        "x".repeat(64),
      ];
      for (const name of names) {
        const error = await expectRefusal(() => client.create(spec({ name })), "invalid_argument");
        assert.equal(error.data.field, "name", `field for ${JSON.stringify(name)}`);
      }
    },
  },
]);

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
