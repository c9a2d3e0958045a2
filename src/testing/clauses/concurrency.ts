import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectSame, expectStdout } from "../expectations.ts";
import { someText } from "../streams.ts";

/** Many calls at once. */
export const concurrencyClauses: readonly Clause[] = clauseGroup("concurrency", [
  {
    name: "fifty-commands",
    behaviour:
      "fifty commands at once in one sandbox each get their own output, stdin, environment and exit code",
    async run({ sandbox }) {
      const handle = await sandbox();
      const runs = Array.from({ length: 50 }, async (_, index) => {
        const script = 'read -r line; echo "$NUMBER $line"; echo "e$NUMBER" >&2; exit "$NUMBER"';
        const result = await handle.shell(script, {
          env: { NUMBER: String(index) },
          stdin: `line ${index}\n`,
        });
        assert.equal(result.stdout, `${index} line ${index}\n`);
        assert.equal(result.stderr, `e${index}\n`);
        assert.equal(result.exitCode, index);
      });
      await Promise.all(runs);
    },
  },
  {
    name: "large-outputs",
    behaviour: "large outputs at once do not mix",
    async run({ sandbox }) {
      const handle = await sandbox();
      const texts = Array.from({ length: 6 }, (_, index) => String(index) + someText(500_000));
      const runs = texts.map(async (text, index) => {
        await handle.files.write(`text${index}`, text);
        const { stdout } = await expectOk(handle.exec("cat", [`text${index}`]));
        expectSame(stdout, text);
      });
      await Promise.all(runs);
    },
  },
  {
    name: "twenty-sandboxes",
    behaviour: "twenty sandboxes are created, used and removed at once",
    deadlineMs: 180_000,
    async run({ sandbox, client, name }) {
      const labels = { run: name() };
      const all = Array.from({ length: 20 }, async (_, index) => {
        const handle = await sandbox({ labels });
        await handle.files.write("number", String(index));
        await expectStdout(handle.shell("cat number"), String(index));
        return handle;
      });
      const handles = await Promise.all(all);
      assert.deepEqual(await client.list({ labels }), handles.map((handle) => handle.name).sort());
      await Promise.all(handles.map((handle) => handle.remove()));
      assert.deepEqual(await client.list({ labels }), []);
    },
  },
  {
    name: "parallel-files",
    behaviour: "many files are written, read and listed at once",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      const names = Array.from({ length: 40 }, (_, index) => `file${100 + index}`);
      await Promise.all(names.map((name) => handle.files.write(`${base}/${name}`, `content ${name}`)));
      const texts = await Promise.all(names.map((name) => handle.files.readText(`${base}/${name}`)));
      assert.deepEqual(
        texts,
        names.map((name) => `content ${name}`),
      );
      assert.deepEqual(
        (await handle.files.list(base)).map(({ name }) => name),
        names,
      );
    },
  },
  {
    name: "removal-in-the-middle",
    behaviour: "calls that a removal meets end with a result or a coded error, none hangs",
    async run({ sandbox, client }) {
      const handle = await sandbox();
      const calls = Array.from({ length: 12 }, (_, index) => [
        handle.shell("sleep 0.05; echo x"),
        handle.files.write(`file${index}`, "x"),
        handle.info(),
      ]).flat();
      const settled = Promise.allSettled(calls);
      await handle.remove();
      for (const outcome of await settled) {
        if (outcome.status === "rejected") {
          await expectRefusal(Promise.reject(outcome.reason), [
            "sandbox_lost",
            "not_found",
            "not_running",
            "connection_lost",
            "stream_incomplete",
          ]);
        }
      }
      await expectRefusal(client.get(handle.name), "not_found");
    },
  },
]);
