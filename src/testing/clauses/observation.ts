import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, until, within } from "../expectations.ts";
import { has } from "../requirement.ts";

/** Logs and numbers. */
export const observationClauses: readonly Clause[] = clauseGroup("observation", [
  {
    name: "logs",
    behaviour: "logs() tells what was run and what it printed, oldest first",
    needs: [has("logs")],
    async run({ sandbox }) {
      const handle = await sandbox();
      await expectOk(handle.exec("printf", ["%s\n", "printed-first"]));
      await expectOk(handle.shell("echo printed-second >&2"));
      let logs = "";
      await until("both commands are in the logs", async () => {
        logs = await handle.logs();
        return logs.includes("printed-second");
      });
      assert.ok(logs.includes("printf"), "the program is not in the logs");
      assert.ok(
        logs.indexOf("printed-first") >= 0 &&
          logs.indexOf("printed-first") < logs.lastIndexOf("printed-second"),
      );
    },
  },
  {
    name: "logs-tail",
    behaviour: "`tail` gives only so many of the last lines",
    needs: [has("logs")],
    async run({ sandbox }) {
      const handle = await sandbox();
      await expectOk(handle.shell("for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done"));
      await until("the lines are in the logs", async () => (await handle.logs()).includes("line 9"));
      const all = (await handle.logs()).trimEnd().split("\n");
      const tail = (await handle.logs({ tail: 3 })).trimEnd().split("\n");
      assert.deepEqual(tail, all.slice(-3));
    },
  },
  {
    name: "logs-follow",
    behaviour: "followLogs() gives what comes, until the sandbox stops",
    needs: [has("logs")],
    async run({ sandbox }) {
      const handle = await sandbox();
      let seen = "";
      const follow = async () => {
        for await (const text of handle.followLogs()) seen += text;
      };
      const following = follow();
      await until("a later command is in the logs", async () => {
        await expectOk(handle.shell("echo came-later"));
        return seen.includes("came-later");
      });
      await handle.kill();
      await within(30_000, "followLogs() of a stopped sandbox", following);
    },
  },
  {
    name: "logs-follow-cancelled",
    behaviour: "followLogs() ends when its signal fires",
    needs: [has("logs")],
    async run({ sandbox }) {
      const handle = await sandbox();
      const follow = async () => {
        for await (const _text of handle.followLogs({ signal: AbortSignal.timeout(500) }));
      };
      // Whether its end is silent or a cancellation is for the runtime's reader to say; it must not hang.
      await within(
        30_000,
        "followLogs() with a signal that fired",
        follow().catch(() => {}),
      );
      await expectOk(handle.shell("true"));
    },
  },
  {
    name: "stats",
    behaviour: "stats() gives sane numbers of a live sandbox",
    needs: [has("stats")],
    async run({ sandbox, capabilities }) {
      const handle = await sandbox(capabilities.caps.includes("memory") ? { memoryMib: 128 } : {});
      await handle.spawn("sleep", ["600"]);
      const stats = await within(30_000, "stats()", handle.stats());
      for (const [name, value] of Object.entries(stats)) {
        assert.ok(Number.isFinite(value) && value >= 0, `${name} is ${value}`);
      }
      if (capabilities.caps.includes("memory")) assert.equal(stats.memoryLimitBytes, 128 << 20);
      assert.ok(stats.memoryBytes > 0 && stats.memoryBytes <= stats.memoryLimitBytes);
      assert.ok(stats.pids >= 1 && stats.pids < 1_000, `${stats.pids} pids`);
      assert.ok(stats.cpuPercent < 10_000);
    },
  },
  {
    name: "stats-of-busy-sandbox",
    behaviour: "stats() shows that a sandbox is busy",
    needs: [has("stats"), has("streaming")],
    async run({ sandbox }) {
      const handle = await sandbox();
      const process = await handle.spawn("sh", ["-c", "while :; do :; done"]);
      await until("the CPU is busy", async () => (await handle.stats()).cpuPercent > 10);
      await process.kill();
    },
  },
]);
