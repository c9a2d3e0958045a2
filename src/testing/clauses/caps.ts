import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectStdout, until } from "../expectations.ts";
import { has, hasCap, hasPython, lacks } from "../requirement.ts";
import { inPieces, someBytes } from "../streams.ts";

/** A script that takes all the memory there is within moments. */
const doubling = "x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done";

/** The caps of the spec hold. */
export const capClauses: readonly Clause[] = clauseGroup("caps", [
  {
    name: "memory-shell",
    behaviour:
      "a shell that takes more than memoryMib is ended: oomKilled and exit code 137; the sandbox lives on",
    needs: [hasCap("memory"), has("signals")],
    deadlineMs: 120_000,
    async run({ sandbox }) {
      const handle = await sandbox({ memoryMib: 64 });
      await handle.files.write("kept.txt", "kept");
      const result = await handle.shell(doubling, { timeoutMs: 90_000 });
      assert.deepEqual(
        [result.oomKilled, result.exitCode, result.ok, result.timedOut],
        [true, 137, false, false],
      );
      await expectStdout(handle.shell("cat kept.txt"), "kept");
    },
  },
  {
    name: "memory-interpreted-shell",
    behaviour:
      "an interpreted shell that takes more and more memory is ended, by the cap or earlier, and tells why; the sandbox lives on",
    needs: [hasCap("memory"), lacks("signals")],
    deadlineMs: 120_000,
    async run({ sandbox }) {
      const handle = await sandbox({ memoryMib: 64 });
      await handle.files.write("kept.txt", "kept");
      const result = await handle.shell(doubling, { timeoutMs: 90_000 });
      assert.deepEqual([result.ok, result.timedOut], [false, false]);
      if (result.oomKilled) assert.equal(result.exitCode, 137);
      else assert.notEqual(result.stderr, "", "nothing tells why the shell ended");
      await expectStdout(handle.shell("cat kept.txt"), "kept");
    },
  },
  {
    name: "memory-python",
    behaviour:
      "Python that takes more than memoryMib is ended: oomKilled and exit code 137; the sandbox lives on",
    needs: [hasCap("memory"), hasPython],
    deadlineMs: 120_000,
    async run({ sandbox }) {
      const handle = await sandbox({ memoryMib: 96 });
      const code = "blocks = []\nwhile True:\n  blocks.append(bytearray(8 << 20))";
      const result = await handle.python(code, { timeoutMs: 90_000 });
      assert.deepEqual([result.oomKilled, result.exitCode, result.ok], [true, 137, false]);
      await expectStdout(handle.python("print('usable')"), "usable\n");
    },
  },
  {
    name: "memory-of-a-child",
    behaviour:
      "when a child runs out of memory the command can go on, and an ordinary SIGKILL is not taken for it",
    needs: [hasCap("memory"), has("signals")],
    deadlineMs: 120_000,
    async run({ sandbox }) {
      const handle = await sandbox({ memoryMib: 64 });
      const result = await handle.shell(`sh -c '${doubling}'; echo "child: $?"`, { timeoutMs: 90_000 });
      assert.deepEqual([result.exitCode, result.stdout], [0, "child: 137\n"]);
      const killed = await handle.exec("sh", ["-c", "kill -KILL $$"]);
      assert.deepEqual([killed.exitCode, killed.oomKilled], [137, false]);
    },
  },
  {
    name: "pids",
    behaviour:
      "no more than `pids` processes are alive at once; a fork bomb is contained and the sandbox lives on",
    needs: [hasCap("pids")],
    async run({ sandbox }) {
      const handle = await sandbox({ pids: 32 });
      const bomb = "i=0; while [ $i -lt 200 ]; do sleep 30 & i=$((i + 1)); done; wait";
      const result = await handle.shell(bomb, { timeoutMs: 5_000 });
      assert.equal(result.ok, false);
      // Where the bomb's own shell fails to fork it ends early, and the rest of the bomb a little later.
      const recursive = await handle.shell("bomb() { bomb | bomb & }; bomb; sleep 600", { timeoutMs: 3_000 });
      assert.equal(recursive.ok, false);
      const echo = () => handle.shell("echo usable", { timeoutMs: 30_000 });
      await until("the sandbox is usable", async () =>
        echo().then(
          ({ stdout }) => stdout === "usable\n",
          () => false,
        ),
      );
    },
  },
  {
    name: "disk",
    behaviour:
      "/workspace holds no more than diskMib; a full one is storage_full, and works again when space is freed",
    needs: [hasCap("disk")],
    async run({ sandbox }) {
      const handle = await sandbox({ diskMib: 8 });
      await expectRefusal(handle.files.write("big", someBytes(16 << 20)), "storage_full");
      await handle.files.remove("big", { force: true });
      await handle.files.write("part", someBytes(3 << 20));
      const result = await handle.shell("cat part part part part > whole");
      assert.notEqual(result.exitCode, 0);
      assert.match(result.stderr, /space|ENOSPC|full/i);
      await handle.files.remove("whole", { force: true });
      await handle.files.write("small", "fits");
      await expectStdout(handle.shell("cat small"), "fits");
    },
  },
  {
    name: "disk-append",
    behaviour: "append() and writeStream() on a full /workspace are storage_full",
    needs: [hasCap("disk")],
    async run({ sandbox }) {
      const handle = await sandbox({ diskMib: 4 });
      const stream = inPieces(someBytes(12 << 20), 65_536);
      await expectRefusal(handle.files.writeStream("stream", stream), "storage_full");
      await handle.files.remove("stream", { force: true });
      await handle.files.write("part", someBytes(3 << 20));
      await expectRefusal(handle.files.append("part", someBytes(3 << 20)), "storage_full");
    },
  },
  {
    name: "open-files",
    behaviour: "a process opens no more than openFiles files",
    needs: [hasCap("openFiles")],
    async run({ sandbox }) {
      const handle = await sandbox({ openFiles: 64 });
      await expectStdout(handle.shell("ulimit -n; ulimit -H -n"), "64\n64\n");
      assert.notEqual((await handle.shell("ulimit -n 65")).exitCode, 0, "the limit can be raised");
    },
  },
  {
    name: "cpus",
    behaviour: "a sandbox gets no more CPU time than its share",
    needs: [hasCap("cpus"), hasPython],
    async run({ sandbox }) {
      const handle = await sandbox({ cpus: 0.2 });
      const code = `import time
end = time.monotonic() + 3
while time.monotonic() < end: pass
print(time.process_time())`;
      const most = 3 * 0.2 * 1.5 + 0.3;
      const used: number[] = [];
      // A machine that is busy takes the processor away and counts it as used: one measurement that is right shows the cap, and without a
      // cap none would be.
      while (used.length < 3 && Math.min(...used) >= most) {
        used.push(Number((await expectOk(handle.python(code))).stdout));
      }
      assert.ok(Math.min(...used) < most, `${used.join(", ")} s of CPU time in 3 s`);
    },
  },
]);
