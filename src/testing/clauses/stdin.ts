import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectSame, expectStdout, within } from "../expectations.ts";
import { patient } from "../patience.ts";
import { has, lacks } from "../requirement.ts";
import { inPieces, readText, sha256, someBytes, someText } from "../streams.ts";

/** What a command reads. */
export const stdinClauses: readonly Clause[] = clauseGroup("stdin", [
  {
    name: "none",
    behaviour: "without stdin a reading command meets the end at once",
    async run({ shared }) {
      const handle = await shared();
      await expectStdout(handle.exec("cat", [], { timeoutMs: 30_000 }), "");
      await expectStdout(handle.shell("wc -c | tr -d ' '", { timeoutMs: 30_000 }), "0\n");
    },
  },
  {
    name: "text",
    behaviour: "text arrives as UTF-8, unchanged and with nothing added",
    async run({ shared }) {
      const handle = await shared();
      for (const text of ["", "a", "line\n", "é漢😀", "a\r\nb", "$HOME `x` 'y'", "\n\n"]) {
        await expectStdout(handle.exec("cat", [], { stdin: text }), text);
      }
    },
  },
  {
    name: "bytes",
    behaviour: "bytes arrive unchanged, all 256 of them",
    needs: [has("exactBytes")],
    async run({ shared }) {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      const { stdout } = await expectOk((await shared()).exec("sha256sum", [], { stdin: bytes }));
      assert.equal(stdout.split(" ")[0], sha256(bytes));
    },
  },
  {
    name: "stream",
    behaviour: "a stream of texts and bytes arrives in order",
    async run({ shared }) {
      async function* pieces(): AsyncGenerator<string | Uint8Array> {
        yield "one é\n";
        yield Buffer.from("two 😀\n");
        yield "";
        yield new Uint8Array();
        yield "three";
      }
      await expectStdout((await shared()).exec("cat", [], { stdin: pieces() }), "one é\ntwo 😀\nthree");
    },
  },
  {
    name: "large",
    behaviour: "eight megabytes arrive complete",
    async run({ shared }) {
      const handle = await shared();
      const text = someText(8 << 20);
      await expectStdout(handle.shell("cat | wc -c | tr -d ' '", { stdin: text }), `${8 << 20}\n`);
    },
  },
  {
    name: "large-stream-is-exact",
    behaviour: "megabytes of arbitrary bytes in uneven pieces arrive unchanged",
    needs: [has("exactBytes")],
    async run({ shared }) {
      const bytes = someBytes(4 << 20);
      const { stdout } = await expectOk(
        (await shared()).exec("sha256sum", [], { stdin: inPieces(bytes, 77_777) }),
      );
      assert.equal(stdout.split(" ")[0], sha256(bytes));
    },
  },
  {
    name: "large-both-ways",
    behaviour: "a program that writes while it reads does not block",
    async run({ shared }) {
      const text = someText(4 << 20);
      const options = { stdin: text, maxOutputBytes: 8 << 20 };
      const { stdout } = await expectOk((await shared()).exec("cat", [], options));
      expectSame(stdout, text);
    },
  },
  {
    name: "closed-early",
    behaviour: "a program that reads only a little ends as usual; the rest is dropped silently",
    async run({ shared }) {
      const stdin = someText(4 << 20);
      await expectStdout((await shared()).exec("head", ["-c", "4"], { stdin, timeoutMs: 30_000 }), "line");
    },
  },
  {
    name: "never-read",
    behaviour: "a program that never reads ends as usual",
    async run({ shared }) {
      const handle = await shared();
      await expectOk(handle.exec("true", [], { stdin: someText(4 << 20), timeoutMs: 30_000 }));
    },
  },
  {
    name: "endless-source-is-left",
    // Where it fails, the event loop stands still for a while.
    exclusive: true,
    behaviour: "a source without end is left, and told so, when the command has ended",
    needs: [has("interactiveStdin")],
    async run({ shared, afterwards }) {
      let left = false;
      let lastTurn = Date.now();
      const turns = setInterval(() => {
        lastTurn = Date.now();
      }, 100);
      afterwards(async () => clearInterval(turns));
      async function* endless(): AsyncGenerator<string> {
        try {
          for (;;) {
            // It never waits for anything itself, so whoever reads it has to let the event loop turn.
            assert.ok(Date.now() - lastTurn < patient(3_000), "reading the source starves the event loop");
            yield "y\n".repeat(4_096);
          }
        } finally {
          left = true;
        }
      }
      const run = (await shared()).exec("head", ["-n", "2"], { stdin: endless() });
      await expectStdout(within(30_000, "head", run), "y\ny\n");
      assert.ok(left, "the source's iterator was not returned");
    },
  },
  {
    name: "conversation",
    behaviour: "a running program can be written to and answers before its stdin ends",
    needs: [has("interactiveStdin"), has("streaming")],
    async run({ shared }) {
      const script = 'while read -r line; do echo "got $line"; done; echo end';
      const process = await (await shared()).spawn("sh", ["-c", script]);
      const output = process.stdout[Symbol.asyncIterator]();
      const nextText = async () =>
        Buffer.from((await within(30_000, "an answer", output.next())).value ?? []).toString();
      await process.stdin.write("one\n");
      assert.equal(await nextText(), "got one\n");
      await process.stdin.write(Buffer.from("two é\n"));
      assert.equal(await nextText(), "got two é\n");
      await process.stdin.end();
      await process.stdin.end();
      assert.equal(await nextText(), "end\n");
      assert.equal((await process.wait()).exitCode, 0);
    },
  },
  {
    name: "nobody-reads-any-more",
    behaviour: "what is written to a program that has ended, or has closed its stdin, is dropped silently",
    needs: [has("interactiveStdin"), has("streaming")],
    async run({ shared }) {
      const handle = await shared();
      const ended = await handle.spawn("true");
      await ended.wait();
      await within(30_000, "a write to an ended program", ended.stdin.write(someText(300_000)));
      await ended.stdin.end();
      const deaf = await handle.spawn("sh", ["-c", "exec 0<&-; echo deaf; sleep 1; exit 7"]);
      for await (const _chunk of deaf.stdout) break;
      await within(30_000, "a write to a closed stdin", deaf.stdin.write(someText(300_000)));
      assert.equal((await within(30_000, "wait()", deaf.wait())).exitCode, 7);
    },
  },
  {
    name: "writing-is-refused",
    behaviour: "without interactive stdin, writing to a running program is refused as unsupported",
    needs: [lacks("interactiveStdin")],
    async run({ shared }) {
      const process = await (await shared()).spawn("cat");
      const error = await expectRefusal(() => process.stdin.write("x"), "unsupported");
      assert.equal(error.data.capability, "interactiveStdin");
      await process.stdin.end();
      assert.equal((await within(30_000, "wait()", process.wait())).exitCode, 0);
    },
  },
  {
    name: "spawn-with-input",
    behaviour: "spawn() feeds the given stdin and then ends it",
    async run({ shared }) {
      const process = await (await shared()).spawn("cat", [], { stdin: "given" });
      assert.equal(await within(30_000, "the output", readText(process.stdout)), "given");
      assert.equal((await process.wait()).exitCode, 0);
    },
  },
]);
