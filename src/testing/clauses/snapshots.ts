import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectStdout } from "../expectations.ts";
import { endless, processMarker, untilAlive, untilGone } from "../processes.ts";
import { has, lacks } from "../requirement.ts";

const common = { needs: [has("snapshots")], deadlineMs: 180_000 };

/** The files of a sandbox are saved under a name, and new sandboxes begin with them. */
export const snapshotClauses: readonly Clause[] = clauseGroup("snapshots", [
  {
    ...common,
    name: "files-are-restored",
    behaviour:
      "a sandbox that is made from a snapshot has the files of /workspace as they were, with content, mode and links, and can change them",
    async run({ sandbox, snapshotName }) {
      const source = await sandbox();
      const content = new Uint8Array(Array.from({ length: 1000 }, (_, index) => index % 256));
      await source.files.mkdir("deep/er");
      await source.files.write("deep/er/bytes.bin", content);
      await expectOk(
        source.shell("printf '#!/bin/sh\necho ran\n' > run.sh; chmod 755 run.sh; ln -s run.sh link"),
      );
      const snapshot = snapshotName();
      await source.snapshot(snapshot);
      const restored = await sandbox({ snapshot });
      assert.deepEqual(await restored.files.readBytes("deep/er/bytes.bin"), content);
      await expectStdout(restored.shell("./link; readlink link"), "ran\nrun.sh\n");
      await expectStdout(restored.shell("echo more >> run.sh && tail -n 1 run.sh"), "more\n");
    },
  },
  {
    ...common,
    name: "root-is-restored",
    behaviour: "what root changed outside of /workspace is in the snapshot, and /tmp is not",
    needs: [has("snapshots"), has("images")],
    async run({ sandbox, snapshotName }) {
      const source = await sandbox({ profile: "root" });
      await expectOk(
        source.shell("mkdir -p /opt/made && echo kept > /opt/made/file && echo gone > /tmp/file"),
      );
      const snapshot = snapshotName();
      await source.snapshot(snapshot);
      const restored = await sandbox({ snapshot, profile: "root" });
      await expectStdout(
        restored.shell("cat /opt/made/file; test -e /tmp/file || echo none"),
        "kept\nnone\n",
      );
    },
  },
  {
    ...common,
    name: "described",
    behaviour:
      "snapshot() and listSnapshots() tell name, runtime, image, source, labels and time of a snapshot; the new sandbox has its image",
    async run({ sandbox, snapshotName, client, runtime }) {
      const source = await sandbox();
      const labels = { "it's": 'a "hostile"\nvalue', empty: "" };
      const name = snapshotName();
      const before = Date.now();
      const taken = await source.snapshot(name, { labels });
      const { image } = await source.info();
      assert.equal(taken.name, name);
      assert.equal(taken.runtime, runtime.name);
      assert.equal(taken.image, image);
      assert.equal(taken.sandbox, source.name);
      assert.deepEqual({ ...taken.labels }, labels);
      assert.ok(Math.abs(taken.createdAt.getTime() - before) < 120_000, taken.createdAt.toISOString());
      const [listed] = (await client.listSnapshots()).filter((one) => one.name === name);
      assert.deepEqual({ ...listed, sizeBytes: 0 }, { ...taken, sizeBytes: 0 });
      assert.equal((await (await sandbox({ snapshot: name })).info()).image, image);
    },
  },
  {
    ...common,
    name: "running-source-goes-on",
    behaviour: "a running sandbox runs on after its snapshot, with its files, and without its processes",
    needs: [has("snapshots"), has("backgroundProcesses"), has("signals")],
    async run({ sandbox, snapshotName }) {
      const source = await sandbox();
      const marker = processMarker();
      await source.files.write("kept.txt", "kept");
      await expectOk(source.shell(`${endless(marker)} > /dev/null 2>&1 &`));
      await untilAlive(source, marker);
      const snapshot = snapshotName();
      await source.snapshot(snapshot);
      assert.equal((await source.info()).status, "running");
      assert.equal(await source.files.readText("kept.txt"), "kept");
      await untilGone(source, marker);
      await untilGone(await sandbox({ snapshot }), marker);
    },
  },
  {
    ...common,
    name: "stopped-source-stays",
    behaviour: "a stopped sandbox can be saved and stays stopped",
    async run({ sandbox, snapshotName }) {
      const source = await sandbox();
      await source.files.write("kept.txt", "kept");
      await source.stop();
      const snapshot = snapshotName();
      await source.snapshot(snapshot);
      assert.equal((await source.info()).status, "stopped");
      const restored = await sandbox({ snapshot });
      assert.equal(await restored.files.readText("kept.txt"), "kept");
    },
  },
  {
    ...common,
    name: "independent",
    behaviour: "the source, the snapshot and the sandboxes made from it do not see one another's changes",
    async run({ sandbox, snapshotName }) {
      const source = await sandbox();
      await source.files.write("file.txt", "saved");
      const snapshot = snapshotName();
      await source.snapshot(snapshot);
      await source.files.write("file.txt", "source");
      const [one, two] = await Promise.all([sandbox({ snapshot }), sandbox({ snapshot })]);
      await one.files.write("file.txt", "one");
      assert.equal(await two.files.readText("file.txt"), "saved");
      assert.equal(await source.files.readText("file.txt"), "source");
      const third = await sandbox({ snapshot });
      assert.equal(await third.files.readText("file.txt"), "saved");
    },
  },
  {
    ...common,
    name: "outlives-the-source",
    behaviour:
      "a snapshot outlives its sandbox and the client that took it, and a sandbox outlives the snapshot that it was made from",
    needs: [has("snapshots"), has("takeOver")],
    async run({ sandbox, ownClient, snapshotName, spec, client }) {
      const { client: other } = ownClient();
      const source = await other.create(spec());
      await source.files.write("kept.txt", "kept");
      const snapshot = snapshotName();
      await source.snapshot(snapshot);
      await source.remove();
      await other.close();
      const restored = await sandbox({ snapshot });
      await client.removeSnapshot(snapshot);
      assert.equal(await restored.files.readText("kept.txt"), "kept");
      await restored.stop({ graceMs: 0 });
      await restored.start();
      assert.equal(await restored.files.readText("kept.txt"), "kept");
    },
  },
  {
    ...common,
    name: "only-files-travel",
    behaviour: "environment and labels of a sandbox are not in its snapshot: those of the new spec hold",
    async run({ sandbox, snapshotName }) {
      const source = await sandbox({
        env: { CANARY: "from the source", SAME: "old" },
        labels: { from: "source" },
      });
      const snapshot = snapshotName();
      await source.snapshot(snapshot);
      const restored = await sandbox({ snapshot, env: { SAME: "new" } });
      await expectStdout(restored.shell('echo "$CANARY|$SAME"'), "|new\n");
      assert.deepEqual({ ...(await restored.info()).labels }, {});
    },
  },
  {
    ...common,
    name: "name-taken",
    behaviour:
      "a second snapshot of a name is already_exists, leaves the first as it was and the sandbox unharmed",
    async run({ sandbox, snapshotName }) {
      const source = await sandbox();
      await source.files.write("file.txt", "first");
      const snapshot = snapshotName();
      await source.snapshot(snapshot);
      await source.files.write("file.txt", "second");
      await expectRefusal(source.snapshot(snapshot), "already_exists");
      assert.equal((await source.info()).status, "running");
      assert.equal(await source.files.readText("file.txt"), "second");
      assert.equal(await (await sandbox({ snapshot })).files.readText("file.txt"), "first");
    },
  },
  {
    ...common,
    name: "removed",
    behaviour:
      "removeSnapshot() frees the name, is no error when there is none, and no sandbox can be made from it then",
    async run({ sandbox, client, snapshotName, spec }) {
      const source = await sandbox();
      const snapshot = snapshotName();
      await client.removeSnapshot(snapshot);
      const first = await source.snapshot(snapshot);
      await client.removeSnapshot(snapshot);
      await client.removeSnapshot(snapshot);
      assert.deepEqual(
        (await client.listSnapshots()).filter(({ name }) => name === snapshot),
        [],
      );
      await expectRefusal(client.create(spec({ snapshot })), "not_found");
      assert.notEqual((await source.snapshot(snapshot)).id, first.id);
    },
  },
  {
    ...common,
    name: "invalid",
    behaviour: "names that no sandbox could have, and an image beside a snapshot, are invalid_argument",
    async run({ client, shared, spec, snapshotName }) {
      const sandbox = await shared();
      for (const name of ["", "Upper", "../up", "a/b", "-a", "a".repeat(64)]) {
        await expectRefusal(sandbox.snapshot(name), "invalid_argument");
        await expectRefusal(client.create(spec({ snapshot: name })), "invalid_argument");
        await expectRefusal(client.removeSnapshot(name), "invalid_argument");
      }
      await expectRefusal(
        client.create(spec({ snapshot: snapshotName(), image: "alpine:3" })),
        "invalid_argument",
      );
    },
  },
  {
    name: "refused",
    behaviour:
      "without snapshots, snapshot() and a spec that names one are refused as unsupported, and none are listed",
    needs: [lacks("snapshots")],
    async run({ client, shared, spec }) {
      const taken = await expectRefusal((await shared()).snapshot("any"), "unsupported");
      assert.equal(taken.data.capability, "snapshots");
      const made = await expectRefusal(client.create(spec({ snapshot: "any" })), "unsupported");
      assert.equal(made.data.capability, "snapshots");
      assert.deepEqual(await client.listSnapshots(), []);
      await client.removeSnapshot("any");
    },
  },
]);
