import assert from "node:assert/strict";
import type { ExecResult } from "../../sandbox/index.ts";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectStdout, within } from "../expectations.ts";
import { endless, processMarker, untilGone } from "../processes.ts";
import { has, hasPython } from "../requirement.ts";

/** How long a call may take at most after its limit: generous, for slow machines. */
const graceMs = 30_000;

/** Commands that take too long. */
export const timeoutClauses: readonly Clause[] = clauseGroup("timeouts", [
  {
    name: "sleeping",
    behaviour: "a command over its time is ended: timedOut, exit code 124, not ok; the sandbox works on",
    async run({ sandbox }) {
      const handle = await sandbox();
      await handle.files.write("kept.txt", "kept");
      const result = await within(graceMs, "exec", handle.shell("sleep 600", { timeoutMs: 500 }));
      expectTimedOut(result);
      assert.ok(result.durationMs >= 450, `ended after ${result.durationMs} ms`);
      await expectStdout(handle.shell("cat kept.txt"), "kept");
    },
  },
  {
    name: "busy",
    behaviour: "a busy loop is ended too; the files are kept",
    async run({ sandbox }) {
      const handle = await sandbox();
      await handle.files.write("kept.txt", "kept");
      expectTimedOut(await within(graceMs, "exec", handle.shell("while :; do :; done", { timeoutMs: 300 })));
      await expectStdout(handle.shell("cat kept.txt"), "kept");
    },
  },
  {
    name: "busy-python",
    behaviour: "a busy loop in Python is ended too; the files are kept",
    needs: [hasPython],
    async run({ sandbox }) {
      const handle = await sandbox();
      await handle.files.write("kept.txt", "kept");
      expectTimedOut(await within(graceMs, "exec", handle.python("while True: pass", { timeoutMs: 3_000 })));
      await expectStdout(handle.python("print(open('kept.txt').read())"), "kept\n");
    },
  },
  {
    name: "at-once",
    behaviour: "a limit of one millisecond is kept, again and again",
    async run({ sandbox }) {
      const handle = await sandbox();
      for (let round = 0; round < 5; round += 1) {
        expectTimedOut(await within(graceMs, "exec", handle.exec("sleep", ["600"], { timeoutMs: 1 })));
      }
      await expectStdout(handle.shell("echo usable"), "usable\n");
    },
  },
  {
    name: "reading-stdin",
    behaviour: "a command that waits for stdin is ended, and the source is left",
    async run({ sandbox }) {
      const handle = await sandbox();
      const silence = Promise.withResolvers<IteratorResult<string>>();
      let left = false;
      const stdin: AsyncIterable<string> = {
        [Symbol.asyncIterator]: () => ({
          next: () => silence.promise,
          return: async () => {
            left = true;
            return { done: true, value: undefined };
          },
        }),
      };
      expectTimedOut(await within(graceMs, "exec", handle.exec("cat", [], { stdin, timeoutMs: 500 })));
      assert.ok(left, "the source's iterator was not returned");
      await expectStdout(handle.shell("echo usable"), "usable\n");
    },
  },
  {
    name: "keeps-partial-output",
    behaviour: "the output before the limit is kept",
    needs: [has("streaming")],
    async run({ shared }) {
      const result = await (await shared()).shell("echo before; echo too >&2; sleep 600", {
        timeoutMs: 5_000,
      });
      expectTimedOut(result);
      assert.deepEqual([result.stdout, result.stderr], ["before\n", "too\n"]);
    },
  },
  {
    name: "ignoring-sigterm",
    behaviour: "a program that ignores every signal it can is ended",
    needs: [has("signals")],
    async run({ shared }) {
      const handle = await shared();
      const marker = processMarker();
      const script = `trap '' TERM INT HUP QUIT; ${endless(marker)}`;
      expectTimedOut(await within(graceMs, "exec", handle.shell(script, { timeoutMs: 1_000 })));
      await untilGone(handle, marker);
    },
  },
  {
    name: "whole-tree",
    behaviour: "the whole process tree is ended, detached parts included",
    needs: [has("signals")],
    async run({ shared }) {
      const handle = await shared();
      const marker = processMarker();
      const loop = endless(marker);
      const script = `${loop} & (${loop} &) ; setsid ${loop} & env -i setsid ${loop} & wait`;
      expectTimedOut(await handle.shell(script, { timeoutMs: 1_500 }));
      await untilGone(handle, marker);
    },
  },
  {
    name: "others-unharmed",
    behaviour: "a timeout does not touch another command of the same sandbox",
    async run({ sandbox }) {
      const handle = await sandbox();
      const other = handle.shell("sleep 2; echo done");
      expectTimedOut(await handle.shell("sleep 600", { timeoutMs: 300 }));
      await expectStdout(other, "done\n");
    },
  },
  {
    name: "spawn",
    behaviour: "a spawned program over its time is ended and wait() tells so",
    async run({ sandbox }) {
      const process = await (await sandbox()).spawn("sleep", ["600"], { timeoutMs: 300 });
      const exit = await within(graceMs, "wait()", process.wait());
      assert.equal(exit.timedOut, true);
      assert.notEqual(exit.exitCode, 0);
    },
  },
  {
    name: "none",
    behaviour: "`Infinity` is no limit, and a limit that is not reached changes nothing",
    async run({ shared }) {
      const handle = await shared();
      for (const timeoutMs of [Number.POSITIVE_INFINITY, 3_000_000_000, 60_000]) {
        const result = await expectOk(handle.shell("echo fine", { timeoutMs }));
        assert.deepEqual([result.stdout, result.timedOut], ["fine\n", false]);
      }
    },
  },
]);

function expectTimedOut(result: ExecResult): void {
  assert.equal(result.timedOut, true, `not timed out: exit code ${result.exitCode}, ${result.stderr}`);
  assert.equal(result.exitCode, 124);
  assert.equal(result.ok, false);
  assert.equal(result.oomKilled, false);
}
