import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isSandboxError } from "../../errors/index.ts";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectStdout, within } from "../expectations.ts";
import { endless, processMarker, untilAlive, untilGone } from "../processes.ts";
import { has } from "../requirement.ts";

/** Calls that the caller gives up. */
export const cancellationClauses: readonly Clause[] = clauseGroup("cancellation", [
  {
    name: "before",
    behaviour: "a call whose signal has fired already is cancelled and runs nothing",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const signal = AbortSignal.abort();
      await expectRefusal(handle.shell("echo x > ran", { cwd, signal }), "cancelled");
      await expectRefusal(handle.exec("touch", ["ran"], { cwd, signal }), "cancelled");
      await expectRefusal(handle.spawn("touch", ["ran"], { cwd, signal }), "cancelled");
      await expectRefusal(handle.files.write(`${cwd}/ran`, "x", { signal }), "cancelled");
      await expectRefusal(handle.files.readText(`${cwd}/ran`, { signal }), "cancelled");
      assert.deepEqual(await handle.files.list(cwd), []);
    },
  },
  {
    name: "while-running",
    behaviour: "a running command that is cancelled is ended and the call rejects with cancelled",
    async run({ sandbox }) {
      const handle = await sandbox();
      const cancel = new AbortController();
      const run = handle.shell("sleep 600", { signal: cancel.signal });
      run.catch(() => {});
      await sleep(300);
      cancel.abort();
      await within(30_000, "a cancelled exec", expectRefusal(run, "cancelled"));
      await expectStdout(handle.shell("echo usable"), "usable\n");
    },
  },
  {
    name: "at-any-moment",
    behaviour: "a command can be cancelled at any moment, also while it is being started",
    async run({ sandbox }) {
      const handle = await sandbox();
      await handle.files.write("kept.txt", "kept");
      for (const afterMs of [0, 1, 2, 5, 10, 20, 40, 80]) {
        const signal = AbortSignal.timeout(afterMs);
        await within(
          30_000,
          "a cancelled exec",
          expectRefusal(handle.exec("sleep", ["600"], { signal }), "cancelled"),
        );
      }
      await expectStdout(handle.shell("cat kept.txt"), "kept");
    },
  },
  {
    name: "whole-tree",
    behaviour: "cancelling ends the whole process tree, detached parts included",
    needs: [has("signals")],
    async run({ shared }) {
      const handle = await shared();
      const marker = processMarker();
      const cancel = new AbortController();
      const script = `(setsid ${endless(marker)} > /dev/null 2>&1 &); ${endless(marker)}`;
      const run = handle.shell(script, { signal: cancel.signal });
      run.catch(() => {});
      await untilAlive(handle, marker, 2);
      cancel.abort();
      await expectRefusal(run, "cancelled");
      await untilGone(handle, marker);
    },
  },
  {
    name: "spawned",
    behaviour: "cancelling a spawned program ends it, its output and wait()",
    async run({ sandbox }) {
      const cancel = new AbortController();
      const process = await (await sandbox()).spawn("sleep", ["600"], { signal: cancel.signal });
      const read = async () => {
        for await (const _chunk of process.output);
      };
      const ends = [process.wait(), read()].map((end) =>
        end.then(
          (exit) => assert.notEqual(exit?.exitCode, 0),
          (error: unknown) => assert.ok(isSandboxError(error), `not a SandboxError: ${error}`),
        ),
      );
      cancel.abort();
      await within(30_000, "the end of a cancelled program", Promise.all(ends));
    },
  },
  {
    name: "others-unharmed",
    behaviour: "cancelling one command does not touch another of the same sandbox",
    async run({ sandbox }) {
      const handle = await sandbox();
      const other = handle.shell("sleep 2; echo done");
      await expectRefusal(handle.shell("sleep 600", { signal: AbortSignal.timeout(300) }), "cancelled");
      await expectStdout(other, "done\n");
    },
  },
  {
    name: "after-the-end",
    behaviour: "a signal that fires after the result changes nothing, and no listener stays on it",
    async run({ shared }) {
      const handle = await shared();
      const cancel = new AbortController();
      for (let round = 0; round < 5; round += 1) {
        await expectOk(handle.shell("echo x", { signal: cancel.signal, stdin: "x" }));
      }
      const process = await handle.spawn("true", [], { signal: cancel.signal });
      await process.wait();
      assert.equal(getEventListeners(cancel.signal, "abort").length, 0, "listeners are left on the signal");
      cancel.abort();
      await expectStdout(handle.shell("echo usable"), "usable\n");
    },
  },
]);
