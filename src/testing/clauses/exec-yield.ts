import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { within } from "../expectations.ts";

/** Commands that go on after the call returned. */
export const execYieldClauses: readonly Clause[] = clauseGroup("exec", [
  {
    name: "yield-of-quick-command",
    behaviour: "a command that ends before yieldAfterMs gives its result as usual",
    async run({ shared }) {
      const result = await (await shared()).shell("echo quick", { yieldAfterMs: 30_000 });
      assert.ok(!result.running);
      assert.equal(result.stdout, "quick\n");
    },
  },
  {
    name: "yield-of-slow-command",
    behaviour:
      "a command that still runs after yieldAfterMs is handed over, and wait() gives its result, each time",
    async run({ shared }) {
      const running = await (await shared()).shell("sleep 1.5; echo done", { yieldAfterMs: 200 });
      assert.ok(running.running, "the command still runs");
      const result = await running.wait();
      assert.equal(result.stdout, "done\n");
      assert.equal(result.ok, true);
      assert.equal((await running.wait()).stdout, "done\n");
    },
  },
  {
    name: "yield-then-kill",
    behaviour: "kill() of a handed over command ends it",
    async run({ sandbox }) {
      const running = await (await sandbox()).shell("sleep 600", { yieldAfterMs: 200 });
      assert.ok(running.running, "the command still runs");
      await running.kill();
      const result = await within(30_000, "the end of a killed command", running.wait());
      assert.equal(result.ok, false);
      assert.equal(result.timedOut, false);
      await running.kill();
    },
  },
  {
    name: "yield-keeps-the-timeout",
    behaviour: "the timeout of a handed over command goes on",
    async run({ sandbox }) {
      const running = await (await sandbox()).shell("sleep 600", { yieldAfterMs: 200, timeoutMs: 1_000 });
      assert.ok(running.running, "the command still runs");
      const result = await within(30_000, "the end of a command that timed out", running.wait());
      assert.equal(result.timedOut, true);
      assert.equal(result.exitCode, 124);
    },
  },
]);
