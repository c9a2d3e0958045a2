import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectStdout } from "../expectations.ts";

/** What a sandbox is when it has been created. */
export const lifecycleCreateClauses: readonly Clause[] = clauseGroup("lifecycle", [
  {
    name: "create-describes-itself",
    behaviour:
      "a created sandbox is running and its handle and info tell name, runtime, isolation and creation time",
    async run({ sandbox, name, runtime }) {
      const wanted = name();
      const before = Date.now();
      const handle = await sandbox({ name: wanted });
      assert.equal(handle.name, wanted);
      assert.equal(handle.runtime, runtime.name);
      assert.equal(handle.isolation, runtime.capabilities.isolation);
      const info = await handle.info();
      assert.equal(info.name, wanted);
      assert.equal(info.runtime, runtime.name);
      assert.equal(info.isolation, runtime.capabilities.isolation);
      assert.equal(info.status, "running");
      assert.deepEqual({ ...info.labels }, {});
      assert.ok(
        Math.abs(info.createdAt.getTime() - before) < 120_000,
        `createdAt is ${info.createdAt.toISOString()}`,
      );
    },
  },
  {
    name: "workspace-is-empty",
    behaviour: "a new sandbox has an empty, writable /workspace, where commands start",
    async run({ sandbox }) {
      const handle = await sandbox();
      assert.deepEqual(await handle.files.list(), []);
      await expectStdout(
        handle.shell("pwd && echo written > new.txt && cat new.txt"),
        "/workspace\nwritten\n",
      );
    },
  },
  {
    name: "tmp-is-writable",
    behaviour: "/tmp is there and can be written to",
    async run({ shared, name }) {
      const handle = await shared();
      await expectStdout(handle.shell(`cd /tmp && echo x > ${name()} && echo ok`), "ok\n");
    },
  },
  {
    name: "sandboxes-are-apart",
    behaviour: "a file of one sandbox is not in another",
    async run({ sandbox }) {
      const [one, two] = await Promise.all([sandbox(), sandbox()]);
      await one.files.write("secret.txt", "one");
      await one.files.write("/tmp/secret.txt", "one");
      assert.equal(await two.files.exists("secret.txt"), false);
      assert.equal(await two.files.exists("/tmp/secret.txt"), false);
    },
  },
  {
    name: "get-same-sandbox",
    behaviour: "get() gives a handle to the very same sandbox",
    async run({ sandbox, client }) {
      const made = await sandbox();
      await made.files.write("note.txt", "hello");
      const found = await client.get(made.name);
      assert.equal(found.name, made.name);
      assert.equal(await found.files.readText("note.txt"), "hello");
      await expectStdout(found.shell("cat note.txt"), "hello");
    },
  },
  {
    name: "get-unknown",
    behaviour: "get() of a name that nothing has is not_found",
    async run({ client, name }) {
      await expectRefusal(client.get(name()), "not_found");
    },
  },
  {
    name: "duplicate-name",
    behaviour: "a second create of the same name is already_exists and leaves the first unharmed",
    async run({ sandbox, client, spec }) {
      const first = await sandbox();
      await first.files.write("kept.txt", "kept");
      await expectRefusal(client.create(spec({ name: first.name })), "already_exists");
      assert.equal(await first.files.readText("kept.txt"), "kept");
    },
  },
  {
    name: "duplicate-name-at-once",
    behaviour:
      "of several creates of one name at the same time exactly one succeeds, the others are already_exists",
    async run({ client, spec }) {
      const wanted = spec();
      const outcomes = await Promise.allSettled([1, 2, 3].map(() => client.create(wanted)));
      const made = outcomes.filter(({ status }) => status === "fulfilled");
      assert.equal(made.length, 1, "exactly one create succeeds");
      for (const outcome of outcomes) {
        if (outcome.status === "rejected")
          await expectRefusal(Promise.reject(outcome.reason), "already_exists");
      }
      await expectOk((await client.get(wanted.name)).shell("true"));
    },
  },
  {
    name: "get-or-create-at-once",
    behaviour: "getOrCreate from several callers at the same time gives all of them one sandbox",
    async run({ client, spec }) {
      const wanted = spec();
      const handles = await Promise.all([1, 2, 3].map(() => client.getOrCreate(wanted)));
      await handles[0]?.files.write("mark.txt", "one");
      for (const handle of handles) assert.equal(await handle.files.readText("mark.txt"), "one");
    },
  },
]);
