import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectStdout } from "../expectations.ts";
import { has } from "../requirement.ts";

const common = { needs: [has("takeOver")], secondProcess: true };

/** Another process finds a sandbox by its name. */
export const takeOverClauses: readonly Clause[] = clauseGroup("take-over", [
  {
    ...common,
    name: "use",
    behaviour: "another process gets a sandbox by its name, runs commands in it, and shares its files",
    async run({ sandbox, secondProcess }) {
      const [handle, second] = await Promise.all([sandbox({ env: { KEPT: "yes" } }), secondProcess()]);
      await handle.files.write("ours", "from the first");
      const result = await second.do("shell", {
        name: handle.name,
        script: 'echo "$KEPT"; cat ours; exit 3',
      });
      assert.deepEqual(result, { stdout: "yes\nfrom the first", stderr: "", exitCode: 3 });
      await second.do("write", { name: handle.name, path: "theirs", text: "from the second" });
      assert.equal(await handle.files.readText("theirs"), "from the second");
      assert.equal(await second.do("read", { name: handle.name, path: "ours" }), "from the first");
    },
  },
  {
    ...common,
    name: "list",
    behaviour: "another process lists a sandbox, by its labels too, and cannot make a second of its name",
    async run({ sandbox, secondProcess, name }) {
      const labels = { run: name(), "it's": 'a "hostile"\nvalue' };
      const [handle, second] = await Promise.all([sandbox({ labels }), secondProcess()]);
      assert.ok((await second.do("list", {})).includes(handle.name));
      assert.deepEqual(await second.do("list", { labels }), [handle.name]);
      await expectRefusal(second.do("create", { name: handle.name }), "already_exists");
      await expectOk(handle.shell("true"));
    },
  },
  {
    ...common,
    name: "expiry-is-shared",
    behaviour: "the expiry that one process sets is the one that others see",
    async run({ sandbox, secondProcess }) {
      const [handle, second] = await Promise.all([sandbox({ ttlMs: 600_000 }), secondProcess()]);
      const expiry = await second.do("extend", { name: handle.name, ttlMs: 7_200_000 });
      assert.equal((await handle.info()).expiresAt?.getTime(), expiry);
    },
  },
  {
    ...common,
    name: "their-close-leaves-ours",
    behaviour: "a process that only found a sandbox leaves it and its commands alone when it closes or dies",
    async run({ sandbox, secondProcess }) {
      const [handle, second] = await Promise.all([sandbox(), secondProcess()]);
      const run = handle.shell("while [ ! -e go ]; do sleep 0.05; done; echo done");
      await second.do("shell", { name: handle.name, script: "true" });
      await second.do("close", null);
      await second.kill();
      await handle.files.write("go", "");
      await expectStdout(run, "done\n");
    },
  },
  {
    ...common,
    name: "their-removal-is-told",
    behaviour: "when another process removes a sandbox, our handle says sandbox_lost and get() not_found",
    async run({ sandbox, secondProcess, client }) {
      const [handle, second] = await Promise.all([sandbox(), secondProcess()]);
      await second.do("remove", handle.name);
      await expectRefusal(handle.shell("true"), ["sandbox_lost", "not_found"]);
      await expectRefusal(client.get(handle.name), "not_found");
      await handle.remove();
    },
  },
]);
