import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectStdout } from "../expectations.ts";

/** Scripts run as in any POSIX shell. */
export const shellClauses: readonly Clause[] = clauseGroup("shell", [
  {
    name: "pipeline",
    behaviour: "a pipeline connects its programs",
    async run({ shared }) {
      await expectStdout(
        (await shared()).shell("printf '%s\\n' b c a | sort | tr a-z A-Z | head -n 2"),
        "A\nB\n",
      );
    },
  },
  {
    name: "several-lines",
    behaviour:
      "a script of several lines runs from top to bottom, with variables, loops, conditions and functions",
    async run({ shared }) {
      const script = `
# a comment
total=0
add() {
  total=$((total + $1))
}
for number in 1 2 3; do
  add "$number"
done
if [ "$total" -eq 6 ]; then echo "six"; else echo "wrong: $total"; fi
case "$total" in 6) echo case ;; esac`;
      await expectStdout((await shared()).shell(script), "six\ncase\n");
    },
  },
  {
    name: "and-or",
    behaviour: "`&&` and `||` go by exit codes",
    async run({ shared }) {
      await expectStdout(
        (await shared()).shell("true && echo a; false && echo b; false || echo c"),
        "a\nc\n",
      );
    },
  },
  {
    name: "here-document",
    behaviour: "here-documents arrive, expanded or quoted",
    async run({ shared }) {
      const script = "x=1\ncat <<END\nx is $x\nEND\ncat <<'END'\nx is $x\nEND\n";
      await expectStdout((await shared()).shell(script), "x is 1\nx is $x\n");
    },
  },
  {
    name: "quoting",
    behaviour: "quotes, escapes and empty words are those of POSIX",
    async run({ shared }) {
      const script = `printf '[%s]' 'a "b" $c' "it's" "" a\\ b "\\$x" 'new
line'`;
      await expectStdout((await shared()).shell(script), `[a "b" $c][it's][][a b][$x][new\nline]`);
    },
  },
  {
    name: "exit-status",
    behaviour:
      "the script's exit code is its last command's, a pipeline's is its last program's, `set -e` stops early",
    async run({ shared }) {
      const handle = await shared();
      assert.equal((await handle.shell("false; true")).exitCode, 0);
      assert.equal((await handle.shell("true; false")).exitCode, 1);
      assert.equal((await handle.shell("false | true")).exitCode, 0);
      assert.equal((await handle.shell("true | sh -c 'exit 5'")).exitCode, 5);
      const stopped = await handle.shell("set -e\nfalse\necho not reached");
      assert.deepEqual([stopped.exitCode, stopped.stdout], [1, ""]);
    },
  },
  {
    name: "empty",
    behaviour: "an empty script, and one of comments, succeeds without output",
    async run({ shared }) {
      const handle = await shared();
      for (const script of ["", "\n", "# only a comment", "   "]) {
        assert.equal((await expectOk(handle.shell(script))).output, "");
      }
    },
  },
  {
    name: "not-an-option",
    behaviour: "a script that begins with a dash is a script, not an option of the shell",
    async run({ shared }) {
      const handle = await shared();
      for (const script of ["-e", "--version", "-c 'echo no'"]) {
        const result = await handle.shell(script);
        assert.equal(result.exitCode, 127, `exit code of ${script}`);
        assert.equal(result.stdout, "");
      }
    },
  },
  {
    name: "syntax-error",
    behaviour: "a syntax error is a non-zero exit code with a message on stderr, not an error",
    async run({ shared }) {
      const result = await (await shared()).shell("if true; then");
      assert.notEqual(result.exitCode, 0);
      assert.equal(result.timedOut, false);
      assert.notEqual(result.stderr, "");
    },
  },
  {
    name: "huge-script",
    behaviour: "a script of 1 MiB runs",
    async run({ shared }) {
      const filler = `# ${"filler ".repeat(14)}\n`;
      const script = `${filler.repeat(Math.ceil((1 << 20) / filler.length))}echo end\n`;
      await expectStdout((await shared()).shell(script), "end\n");
    },
  },
  {
    name: "huge-script-with-stdin",
    behaviour: "a script of any length reads its own stdin, never the script's text",
    async run({ shared }) {
      const handle = await shared();
      const script = `cat\n${"# filler\n".repeat(40_000)}`;
      await expectStdout(handle.shell(script, { stdin: "input" }), "input");
      await expectStdout(handle.shell(script), "");
    },
  },
  {
    name: "unicode",
    behaviour: "a script may hold any text",
    async run({ shared }) {
      await expectStdout((await shared()).shell("x='é漢😀'; echo \"$x\" # ünïcode"), "é漢😀\n");
    },
  },
]);
