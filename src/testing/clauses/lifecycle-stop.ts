import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectStdout, until, within } from "../expectations.ts";
import { patient } from "../patience.ts";
import { endless, processMarker, untilAlive, untilGone } from "../processes.ts";
import { has } from "../requirement.ts";

/** Stopping, killing and starting again. */
export const lifecycleStopClauses: readonly Clause[] = clauseGroup("lifecycle", [
  {
    name: "stop-keeps-files",
    behaviour: "stop() keeps the files; a stopped sandbox refuses work with not_running until start()",
    async run({ sandbox }) {
      const handle = await sandbox();
      await handle.files.write("deep/kept.txt", "kept");
      await handle.stop({ graceMs: 0 });
      assert.equal((await handle.info()).status, "stopped");
      await expectRefusal(handle.exec("true"), "not_running");
      await expectRefusal(handle.spawn("true"), "not_running");
      await handle.start();
      assert.equal((await handle.info()).status, "running");
      assert.equal(await handle.files.readText("deep/kept.txt"), "kept");
      await expectStdout(handle.shell("cat deep/kept.txt"), "kept");
    },
  },
  {
    name: "kill-keeps-files",
    behaviour: "kill() keeps the files, the environment and the labels",
    async run({ sandbox }) {
      const handle = await sandbox({ env: { KEPT: "yes" }, labels: { kept: "yes" } });
      await handle.files.write("kept.txt", "kept");
      await handle.kill();
      await handle.start();
      await expectStdout(handle.shell('echo "$KEPT"; cat kept.txt'), "yes\nkept");
      assert.equal((await handle.info()).labels.kept, "yes");
    },
  },
  {
    name: "stop-start-kill-are-idempotent",
    behaviour:
      "stop(), kill() and start() are no error when there is nothing to do, also several times at once",
    async run({ sandbox }) {
      const handle = await sandbox();
      await handle.start();
      await Promise.all([handle.stop({ graceMs: 0 }), handle.kill(), handle.stop({ graceMs: 0 })]);
      await handle.stop();
      await handle.kill();
      assert.equal((await handle.info()).status, "stopped");
      await Promise.all([handle.start(), handle.start()]);
      await handle.start();
      await expectOk(handle.shell("true"));
    },
  },
  {
    name: "stop-ends-commands",
    behaviour: "stop() ends what runs, and the caller's wait with it",
    async run({ sandbox }) {
      const handle = await sandbox();
      const process = await handle.spawn("sleep", ["600"]);
      const end = process.wait().then(
        ({ exitCode }) => exitCode,
        () => -1,
      );
      await handle.stop({ graceMs: 0 });
      assert.notEqual(await within(30_000, "the end of a command whose sandbox was stopped", end), 0);
      assert.equal((await handle.info()).status, "stopped");
    },
  },
  {
    name: "stop-asks-first",
    behaviour: "stop() sends SIGTERM and lets a program that obeys it finish",
    needs: [has("signals"), has("streaming")],
    async run({ sandbox }) {
      const handle = await sandbox();
      const script =
        "trap 'echo bye > /workspace/bye.txt; exit 0' TERM; echo ready; while :; do sleep 0.1; done";
      const process = await handle.spawn("sh", ["-c", script]);
      for await (const _chunk of process.stdout) break;
      const start = Date.now();
      await handle.stop({ graceMs: patient(25_000) });
      assert.ok(
        Date.now() - start < patient(20_000),
        "a program that obeys is not waited for until the grace is over",
      );
      await handle.start();
      assert.equal(await handle.files.readText("bye.txt"), "bye\n");
    },
  },
  {
    name: "stop-insists",
    behaviour: "stop() ends a program that ignores SIGTERM when the grace is over",
    needs: [has("signals"), has("streaming")],
    async run({ sandbox }) {
      const handle = await sandbox();
      const process = await handle.spawn("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]);
      for await (const _chunk of process.stdout) break;
      await within(30_000, "stop() with a grace of 500 ms", handle.stop({ graceMs: 500 }));
      assert.equal((await handle.info()).status, "stopped");
    },
  },
  {
    name: "stop-leaves-no-process",
    behaviour: "after stop() and start() no process of before is alive",
    needs: [has("signals"), has("backgroundProcesses")],
    async run({ sandbox }) {
      const handle = await sandbox();
      const marker = processMarker();
      await expectOk(handle.shell(`${endless(marker)} > /dev/null 2>&1 &`));
      await untilAlive(handle, marker);
      await handle.stop({ graceMs: 0 });
      await handle.start();
      await untilGone(handle, marker);
    },
  },
  {
    name: "stopped-sandbox-is-found",
    behaviour: "get() finds a stopped sandbox, and its handle can start and remove it",
    async run({ sandbox, client }) {
      const made = await sandbox();
      await made.kill();
      const found = await client.get(made.name);
      assert.equal((await found.info()).status, "stopped");
      await found.start();
      await expectOk(made.shell("true"));
      await found.kill();
      await found.remove();
      await until("the name is gone", async () => !(await client.list()).includes(made.name));
    },
  },
]);
