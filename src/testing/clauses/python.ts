import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectStdout } from "../expectations.ts";
import { hasPython, lacksPython } from "../requirement.ts";

const needs = [hasPython];

/** Python code runs as `python -c` would run it. */
export const pythonClauses: readonly Clause[] = clauseGroup("python", [
  {
    name: "print",
    needs,
    behaviour: "stdout and stderr of Python code are told apart",
    async run({ shared }) {
      const code = "import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint(6 * 7)";
      const result = await expectOk((await shared()).python(code));
      assert.deepEqual([result.stdout, result.stderr], ["out\n42\n", "err\n"]);
    },
  },
  {
    name: "exit-code",
    needs,
    behaviour: "sys.exit() sets the exit code; a text as its argument goes to stderr with exit code 1",
    async run({ shared }) {
      const handle = await shared();
      for (const exitCode of [0, 1, 3, 255]) {
        const result = await handle.python(`import sys\nprint("before")\nsys.exit(${exitCode})`);
        assert.deepEqual([result.exitCode, result.stdout, result.ok], [exitCode, "before\n", exitCode === 0]);
      }
      const result = await handle.python("import sys\nsys.exit('reason')");
      assert.deepEqual([result.exitCode, result.stderr], [1, "reason\n"]);
    },
  },
  {
    name: "exception",
    needs,
    behaviour: "an exception is exit code 1 with its traceback on stderr, and the output before it is kept",
    async run({ shared }) {
      const result = await (await shared()).python("print('before')\nraise ValueError('wrong é value')");
      assert.deepEqual([result.exitCode, result.stdout, result.ok], [1, "before\n", false]);
      assert.match(result.stderr, /Traceback/);
      assert.match(result.stderr, /ValueError: wrong é value/);
    },
  },
  {
    name: "syntax-error",
    needs,
    behaviour: "a syntax error is exit code 1 with SyntaxError on stderr",
    async run({ shared }) {
      const result = await (await shared()).python("def broken(:\n  pass");
      assert.equal(result.exitCode, 1);
      assert.match(result.stderr, /SyntaxError/);
    },
  },
  {
    name: "unicode",
    needs,
    behaviour: "text in any script goes in and comes out unchanged",
    async run({ shared }) {
      await expectStdout((await shared()).python("x = 'é漢😀'\nprint(x, len(x))"), "é漢😀 3\n");
    },
  },
  {
    name: "quotes",
    needs,
    behaviour: "quotes, backslashes and line ends in the code arrive unchanged",
    async run({ shared }) {
      const code = `text = """it's "quoted" \\\\ $HOME \`x\`
second line"""
print(text, end='')`;
      await expectStdout((await shared()).python(code), `it's "quoted" \\ $HOME \`x\`\nsecond line`);
    },
  },
  {
    name: "stdin",
    needs,
    behaviour: "Python code reads its stdin, which is at its end when none is given",
    async run({ shared }) {
      const handle = await shared();
      const code = "import sys\ntext = sys.stdin.read()\nprint(len(text), text.upper())";
      await expectStdout(handle.python(code, { stdin: "é\nb" }), "3 É\nB\n");
      await expectStdout(handle.python(code), "0 \n");
    },
  },
  {
    name: "environment",
    needs,
    behaviour: "Python code runs as __main__ in cwd with the environment of the command",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const code = "import os\nprint(__name__, os.getcwd(), os.environ['GREETING'])";
      const options = { cwd, env: { GREETING: "it's $HOME" } };
      await expectStdout(handle.python(code, options), `__main__ ${cwd} it's $HOME\n`);
    },
  },
  {
    name: "shares-files-with-shell",
    needs,
    behaviour: "Python and the shell see one another's files",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      await expectOk(handle.shell("echo from shell > shell.txt", { cwd }));
      const code = "print(open('shell.txt').read(), end='')\nopen('python.txt', 'w').write('from python')";
      await expectStdout(handle.python(code, { cwd }), "from shell\n");
      await expectStdout(handle.shell("cat python.txt", { cwd }), "from python");
      assert.equal(await handle.files.readText(`${cwd}/python.txt`), "from python");
    },
  },
  {
    name: "no-state-between-runs",
    needs,
    behaviour: "names of one run are not those of the next",
    async run({ shared }) {
      const handle = await shared();
      await expectOk(handle.python("left_over = 1"));
      const result = await handle.python("print(left_over)");
      assert.equal(result.exitCode, 1);
      assert.match(result.stderr, /NameError/);
    },
  },
  {
    name: "long-code",
    needs,
    behaviour: "Python code of 256 KiB runs",
    async run({ shared }) {
      const code = `${"# filler of the program\n".repeat(11_000)}print('end')\n`;
      await expectStdout((await shared()).python(code), "end\n");
    },
  },
  {
    name: "is-refused",
    needs: [lacksPython],
    behaviour: "without Python, python() and runPython() are refused as unsupported",
    async run({ shared, client }) {
      const handle = await shared();
      for (const call of [() => handle.python("print(1)"), () => client.runPython("print(1)")]) {
        assert.equal((await expectRefusal(call, "unsupported")).data.capability, "languages");
      }
    },
  },
]);
