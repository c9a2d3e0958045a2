import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectSame, expectStdout } from "../expectations.ts";
import { patient } from "../patience.ts";
import { has } from "../requirement.ts";
import { sha256, someText } from "../streams.ts";

/** The cap on what is kept of the output. */
export const outputCapClauses: readonly Clause[] = clauseGroup("output-cap", [
  {
    name: "head-and-tail",
    behaviour:
      "over maxOutputBytes the first and the last half are kept, with a line between that tells what is missing",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const text = someText(10_000);
      await handle.files.write(`${cwd}/text`, text);
      const result = await expectOk(handle.shell("cat text; echo fine >&2", { cwd, maxOutputBytes: 1_000 }));
      assert.equal(result.droppedBytes, 9_000);
      assert.equal(result.truncated, true);
      assert.deepEqual({ ...result.truncatedStreams }, { stdout: true, stderr: false });
      assert.equal(result.stdout.slice(0, 500), text.slice(0, 500));
      assert.equal(result.stdout.slice(-500), text.slice(-500));
      assert.match(
        result.stdout.slice(500, -500),
        /9[, _]?000/,
        "the line between tells how much is missing",
      );
      assert.equal(result.stderr, "fine\n");
    },
  },
  {
    name: "at-the-limit",
    behaviour: "output of exactly maxOutputBytes is whole; with one byte more, exactly one byte is dropped",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const text = someText(1_001);
      await handle.files.write(`${cwd}/text`, text);
      const whole = await expectOk(handle.shell("head -c 1000 text", { cwd, maxOutputBytes: 1_000 }));
      assert.deepEqual([whole.stdout, whole.truncated, whole.droppedBytes], [text.slice(0, 1_000), false, 0]);
      const cut = await expectOk(handle.shell("cat text", { cwd, maxOutputBytes: 1_000 }));
      assert.deepEqual([cut.truncated, cut.droppedBytes], [true, 1]);
    },
  },
  {
    name: "default",
    behaviour: "without maxOutputBytes one mebibyte of each stream is kept",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const text = someText(1 << 20);
      await handle.files.write(`${cwd}/text`, text);
      const result = await expectOk(handle.shell("cat text; cat text >&2; echo over >&2", { cwd }));
      expectSame(result.stdout, text);
      assert.deepEqual({ ...result.truncatedStreams }, { stdout: false, stderr: true });
      assert.equal(result.droppedBytes, 5);
      assert.ok(result.stderr.endsWith("over\n"));
    },
  },
  {
    name: "both-streams",
    behaviour: "each stream has a cap of its own; droppedBytes counts both",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const text = someText(5_000);
      await handle.files.write(`${cwd}/text`, text);
      const result = await expectOk(
        handle.shell("cat text; cat text text >&2", { cwd, maxOutputBytes: 2_000 }),
      );
      assert.equal(result.droppedBytes, 3_000 + 8_000);
      assert.deepEqual({ ...result.truncatedStreams }, { stdout: true, stderr: true });
      assert.equal(result.stdout.slice(-1_000), text.slice(-1_000));
      assert.equal(result.stderr.slice(0, 1_000), text.slice(0, 1_000));
    },
  },
  {
    name: "command-goes-on",
    behaviour: "a command over its cap runs to its end and keeps its exit code",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      await handle.files.write(`${cwd}/text`, someText(100_000));
      const result = await handle.shell("cat text text text; echo end > mark; exit 9", {
        cwd,
        maxOutputBytes: 100,
      });
      assert.deepEqual([result.exitCode, result.truncated, result.droppedBytes], [9, true, 299_900]);
      assert.equal(await handle.files.readText(`${cwd}/mark`), "end\n");
    },
  },
  {
    name: "spill",
    behaviour:
      "with `spill` the complete output is in a file of the sandbox, when and only when something was dropped",
    async run({ sandbox }) {
      const handle = await sandbox();
      const text = someText(200_000);
      await handle.files.write("text", text);
      const small = await expectOk(handle.shell("echo small", { maxOutputBytes: 1_000, spill: true }));
      assert.equal(small.outputFile, undefined);
      const result = await expectOk(handle.shell("cat text", { maxOutputBytes: 1_000, spill: true }));
      assert.equal(result.truncated, true);
      assert.ok(result.outputFile !== undefined, "outputFile is missing");
      const { stdout } = await expectOk(handle.exec("sha256sum", [result.outputFile]));
      assert.match(stdout, new RegExp(sha256(text)));
      const unspilled = await expectOk(handle.shell("cat text", { maxOutputBytes: 1_000 }));
      assert.equal(unspilled.outputFile, undefined);
    },
  },
  {
    name: "flood",
    behaviour: "100 MB of output end with exact counts, head and tail",
    needs: [has("streaming")],
    deadlineMs: 180_000,
    async run({ shared, slowness }) {
      const handle = await shared();
      const bytes = floodBytes(slowness);
      const result = await expectOk(handle.shell(flood(bytes), { timeoutMs: patient(150_000) }));
      assert.deepEqual({ ...result.truncatedStreams }, { stdout: true, stderr: false });
      assert.equal(result.droppedBytes, bytes + "BEGINEND".length - (1 << 20));
      assert.ok(result.stdout.startsWith(`BEGIN${"x".repeat(1_000)}`));
      assert.ok(result.stdout.endsWith(`${"x".repeat(1_000)}END`));
      await expectStdout(handle.shell("echo usable"), "usable\n");
    },
  },
  {
    name: "flood-in-flat-memory",
    behaviour: "100 MB of output do not make the host's memory grow by more than 64 MiB",
    severity: "should",
    needs: [has("streaming")],
    exclusive: true,
    deadlineMs: 180_000,
    async run({ shared, afterwards, slowness }) {
      const handle = await shared();
      // A first flood warms up the allocator; the second, much longer, must not need more.
      await expectOk(
        handle.shell(flood(Math.floor(floodBytes(slowness) / 5)), { timeoutMs: patient(150_000) }),
      );
      const before = process.memoryUsage.rss();
      let peak = before;
      const watch = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage.rss());
      }, 20);
      afterwards(async () => clearInterval(watch));
      await expectOk(handle.shell(flood(floodBytes(slowness)), { timeoutMs: patient(150_000) }));
      const grownMib = (peak - before) / 1_048_576;
      assert.ok(grownMib <= 64, `the host's memory grew by ${Math.round(grownMib)} MiB`);
    },
  },
]);

/** 100 MiB, or what a slow machine carries in the same time. */
function floodBytes(slowness: number): number {
  return Math.ceil((100 << 20) / slowness);
}

/** A script that prints so many bytes between two words. */
function flood(bytes: number): string {
  return `printf BEGIN; head -c ${bytes} /dev/zero | tr '\\0' x; printf END`;
}
