import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectSame, until, within } from "../expectations.ts";
import { has } from "../requirement.ts";
import { readAll, readText, someText } from "../streams.ts";

/** Output as it comes. */
export const streamClauses: readonly Clause[] = clauseGroup("streams", [
  {
    name: "callbacks-get-everything",
    behaviour: "onStdout and onStderr get, in order, exactly the text of the result",
    async run({ shared }) {
      const seen = { out: "", err: "" };
      const script = "for i in 1 2 3; do echo out $i; echo err $i >&2; done";
      const result = await expectOk(
        (await shared()).shell(script, {
          onStdout: (text) => {
            seen.out += text;
          },
          onStderr: (text) => {
            seen.err += text;
          },
        }),
      );
      assert.equal(result.stdout, "out 1\nout 2\nout 3\n");
      assert.equal(result.stderr, "err 1\nerr 2\nerr 3\n");
      assert.deepEqual(seen, { out: result.stdout, err: result.stderr });
    },
  },
  {
    name: "callbacks-one-at-a-time",
    behaviour: "a slow callback is awaited: the next piece waits for it, and the result for the last",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const text = someText(400_000);
      await handle.files.write(`${cwd}/text`, text);
      let inside = 0;
      let seen = "";
      await expectOk(
        handle.shell("cat text", {
          cwd,
          onStdout: async (piece) => {
            inside += 1;
            assert.equal(inside, 1, "callbacks overlap");
            await sleep(5);
            seen += piece;
            inside -= 1;
          },
        }),
      );
      expectSame(seen, text);
    },
  },
  {
    name: "callbacks-beyond-the-cap",
    behaviour: "callbacks get all of the output, also what is over maxOutputBytes",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const text = someText(200_000);
      await handle.files.write(`${cwd}/text`, text);
      let seen = "";
      const onStdout = (piece: string) => {
        seen += piece;
      };
      const result = await expectOk(handle.shell("cat text", { cwd, maxOutputBytes: 1_000, onStdout }));
      assert.equal(result.truncated, true);
      expectSame(seen, text);
    },
  },
  {
    name: "arrives-while-running",
    behaviour: "output arrives while the command runs",
    needs: [has("streaming")],
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      // The command ends only when its first line has been seen here.
      const script = "echo first; while [ ! -e go ]; do sleep 0.05; done; echo second";
      let seen = "";
      const onStdout = async (text: string) => {
        seen += text;
        if (seen === "first\n") await handle.files.write(`${cwd}/go`, "");
      };
      await expectOk(handle.shell(script, { cwd, onStdout, timeoutMs: 30_000 }));
      assert.equal(seen, "first\nsecond\n");
    },
  },
  {
    name: "order-across-streams",
    behaviour: "pieces of stdout and stderr come in the order in which they were written",
    needs: [has("streaming")],
    async run({ shared }) {
      const script = "for i in 1 2 3 4; do echo out$i; sleep 0.3; echo err$i >&2; sleep 0.3; done";
      const process = await (await shared()).spawn("sh", ["-c", script]);
      const pieces: string[] = [];
      for await (const { stream, data } of process.output) pieces.push(`${stream}:${Buffer.from(data)}`);
      const expected = [1, 2, 3, 4].flatMap((i) => [`stdout:out${i}\n`, `stderr:err${i}\n`]);
      assert.deepEqual(pieces, expected);
      assert.equal((await process.wait()).exitCode, 0);
    },
  },
  {
    name: "spawn-both-streams",
    behaviour: "stdout and stderr of a spawned program can be read at the same time, each complete",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const text = someText(300_000);
      await handle.files.write(`${cwd}/text`, text);
      const process = await handle.spawn("sh", ["-c", "cat text; cat text >&2; exit 4"], { cwd });
      const [stdout, stderr] = await Promise.all([readAll(process.stdout), readAll(process.stderr)]);
      expectSame(stdout, text);
      expectSame(stderr, text);
      assert.equal((await process.wait()).exitCode, 4);
      assert.equal((await process.wait()).exitCode, 4, "wait() may be called again");
    },
  },
  {
    name: "spawn-one-stream",
    behaviour: "reading only stdout drops stderr and hangs nobody",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      await handle.files.write(`${cwd}/text`, someText(500_000));
      const process = await handle.spawn("sh", ["-c", "cat text >&2; echo end"], { cwd });
      assert.equal(await within(30_000, "reading stdout", readText(process.stdout)), "end\n");
      assert.equal((await process.wait()).exitCode, 0);
    },
  },
  {
    name: "wait-without-reading",
    behaviour: "wait() ends although nobody reads the output, however much it is",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      await handle.files.write(`${cwd}/text`, someText(2_000_000));
      const process = await handle.spawn("sh", ["-c", "cat text; cat text >&2; exit 6"], { cwd });
      assert.equal((await within(30_000, "wait()", process.wait())).exitCode, 6);
    },
  },
  {
    name: "leave-early",
    behaviour: "leaving the output early leaves the command running; wait() and kill() work on",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      await handle.files.write(`${cwd}/text`, someText(500_000));
      const process = await handle.spawn("sh", ["-c", "cat text; echo done > mark; exit 5"], { cwd });
      for await (const { data } of process.output) {
        assert.ok(data.length > 0);
        break;
      }
      assert.equal((await within(30_000, "wait()", process.wait())).exitCode, 5);
      assert.equal(await handle.files.readText(`${cwd}/mark`), "done\n");
      await process.kill();
    },
  },
  {
    name: "large-output",
    behaviour: "eight megabytes of output arrive complete when the cap allows",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const text = someText(1 << 20);
      await handle.files.write(`${cwd}/text`, text);
      const options = { cwd, maxOutputBytes: 16 << 20 };
      const result = await expectOk(handle.shell("cat text text text text text text text text", options));
      assert.equal(result.truncated, false);
      expectSame(result.stdout, text.repeat(8));
    },
  },
  {
    name: "back-pressure",
    behaviour: "a command whose output nobody takes is slowed down, and goes on when it is read",
    needs: [has("streaming")],
    async run({ sandbox, slowness }) {
      const handle = await sandbox();
      // Each round prints 64 KiB and then notes it.
      const script =
        "block=$(head -c 65536 /dev/zero | tr '\\0' x); while :; do printf %s \"$block\"; printf x >> rounds; done";
      const process = await handle.spawn("sh", ["-c", script]);
      const output = process.output[Symbol.asyncIterator]();
      assert.equal((await output.next()).done, false);
      const rounds = async () => (await handle.files.stat("rounds").catch(() => ({ size: 0 }))).size;
      let last = -1;
      await until("the command has come to a halt", async () => {
        const before = last;
        last = await rounds();
        await sleep(700);
        return before === last && last > 0;
      });
      assert.ok(last * 65_536 <= 64 << 20, `${last * 64} KiB were buffered`);
      for (let taken = 0; taken < (last + 200 / slowness) * 65_536; ) {
        const { done, value } = await output.next();
        assert.ok(!done, "the output ended although the command goes on");
        taken += value.data.length;
      }
      assert.ok((await rounds()) > last, "it goes on when it is read");
      await process.kill();
      assert.notEqual((await process.wait()).exitCode, 0);
    },
  },
]);
