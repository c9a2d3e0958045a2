import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectStdout, until, within } from "../expectations.ts";
import { endless, processMarker, untilAlive } from "../processes.ts";
import { has, lacks } from "../requirement.ts";

/** What a command leaves running. */
export const backgroundClauses: readonly Clause[] = clauseGroup("background", [
  {
    name: "does-not-hold-the-call",
    behaviour: "a background child that holds stdout open does not keep exec from returning",
    needs: [has("backgroundProcesses")],
    async run({ sandbox }) {
      const handle = await sandbox();
      const result = await within(20_000, "exec", handle.shell("sleep 600 & echo started; exit 3"));
      assert.deepEqual([result.exitCode, result.stdout, result.timedOut], [3, "started\n", false]);
      const process = await handle.spawn("sh", ["-c", "sleep 600 & echo started"]);
      let seen = "";
      const read = async () => {
        for await (const { data } of process.output) seen += Buffer.from(data);
      };
      await within(20_000, "the end of the output", read());
      assert.equal(seen, "started\n");
      assert.equal((await process.wait()).exitCode, 0);
    },
  },
  {
    name: "outlives-its-command",
    behaviour: "a background process goes on after the command that started it has ended",
    needs: [has("backgroundProcesses")],
    async run({ sandbox }) {
      const handle = await sandbox();
      const script = "(while [ ! -e go ]; do sleep 0.05; done; echo answered > answer) > /dev/null 2>&1 &";
      await expectOk(handle.shell(script));
      await handle.files.write("go", "");
      await until("the background process answers", () => handle.files.exists("answer"));
    },
  },
  {
    name: "survives-other-commands",
    behaviour: "the end, kill and timeout of other commands do not touch a background process",
    needs: [has("backgroundProcesses"), has("signals")],
    async run({ sandbox }) {
      const handle = await sandbox();
      const marker = processMarker();
      await expectOk(handle.shell(`setsid ${endless(marker)} > /dev/null 2>&1 &`));
      await untilAlive(handle, marker);
      const other = await handle.spawn("sleep", ["600"]);
      await other.kill();
      await other.wait();
      assert.equal((await handle.shell("sleep 600", { timeoutMs: 200 })).timedOut, true);
      await untilAlive(handle, marker);
    },
  },
  {
    name: "no-zombies",
    severity: "should",
    behaviour: "orphans that have ended are cleared away, however many there were",
    needs: [has("backgroundProcesses"), has("signals")],
    async run({ sandbox }) {
      const handle = await sandbox();
      const orphans = "i=0; while [ $i -lt 40 ]; do (sleep 0.1 &) > /dev/null 2>&1; i=$((i + 1)); done";
      for (let round = 0; round < 3; round += 1) await expectOk(handle.shell(orphans));
      const count = "cat /proc/[0-9]*/stat 2>/dev/null | grep -c ') Z '";
      await until("no zombie is left", async () => (await handle.shell(count)).stdout === "0\n");
    },
  },
  {
    name: "nothing-is-left",
    behaviour: "without background processes `&` runs, but nothing goes on when the command has ended",
    needs: [lacks("backgroundProcesses")],
    async run({ sandbox }) {
      const handle = await sandbox();
      await within(30_000, "exec", handle.shell("(sleep 1; echo late > late) & echo now"));
      const left = await handle.files.exists("late");
      // Absence can only be watched for a while.
      await sleep(2_000);
      assert.equal(await handle.files.exists("late"), left);
      await expectStdout(handle.shell("echo usable"), "usable\n");
    },
  },
]);
