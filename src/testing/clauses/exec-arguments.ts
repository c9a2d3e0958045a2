import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectStdout } from "../expectations.ts";
import { hostileStrings } from "../hostile-strings.ts";

/** Arguments arrive as they are. */
export const execArgumentClauses: readonly Clause[] = clauseGroup("exec", [
  {
    name: "argv-literal",
    behaviour:
      "every shell metacharacter, quote, newline and control character in an argument arrives literally",
    async run({ shared }) {
      const handle = await shared();
      const { stdout } = await expectOk(handle.exec("printf", ["[%s]\n", ...hostileStrings]));
      assert.equal(stdout, hostileStrings.map((text) => `[${text}]\n`).join(""));
      assert.equal(await handle.files.exists("/workspace/pwned"), false);
    },
  },
  {
    name: "argv-literal-through-sh",
    behaviour: "arguments of `sh -c` become its positional parameters, unparsed",
    async run({ shared }) {
      const handle = await shared();
      const script = 'printf "%s:" "$#"; for argument in "$@"; do printf "[%s]\\n" "$argument"; done';
      const { stdout } = await expectOk(handle.exec("sh", ["-c", script, "sh", ...hostileStrings]));
      const expected = hostileStrings.map((text) => `[${text}]\n`).join("");
      assert.equal(stdout, `${hostileStrings.length}:${expected}`);
    },
  },
  {
    name: "argv-empty",
    behaviour: "an empty argument is an argument",
    async run({ shared }) {
      await expectStdout((await shared()).exec("printf", ["[%s]", "", "a", "", ""]), "[][a][][]");
    },
  },
  {
    name: "argv-none",
    behaviour: "a program can be run without arguments",
    async run({ shared }) {
      await expectStdout((await shared()).exec("pwd"), "/workspace\n");
    },
  },
  {
    name: "argv-long",
    behaviour: "an argument of 100 KB arrives whole",
    async run({ shared }) {
      const text = "0123456789".repeat(10_240);
      await expectStdout((await shared()).exec("printf", ["%s", text]), text);
    },
  },
  {
    name: "argv-many",
    behaviour: "two thousand arguments arrive, in order",
    async run({ shared }) {
      const words = Array.from({ length: 2_000 }, (_, index) => `word ${index}`);
      await expectStdout((await shared()).exec("printf", ["%s\n", ...words]), `${words.join("\n")}\n`);
    },
  },
  {
    name: "program-by-path",
    behaviour:
      "a program is found by its absolute path, by a path relative to cwd, and by its name in the PATH",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      await handle.files.write(`${cwd}/tool`, '#!/bin/sh\necho "tool:$1"\n', { mode: 0o755 });
      await expectStdout(handle.exec(`${cwd}/tool`, ["a b"]), "tool:a b\n");
      await expectStdout(handle.exec("./tool", ["c"], { cwd }), "tool:c\n");
      await expectStdout(handle.exec("sh", ["-c", "echo by name"]), "by name\n");
    },
  },
  {
    name: "program-name-is-literal",
    behaviour: "the program's name is no shell text either: what is not there is 127",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      for (const program of ["echo pwned > pwned", "echo; echo", "$(echo echo)", "echo|cat", "e*"]) {
        const result = await handle.exec(program, [], { cwd });
        assert.equal(result.exitCode, 127, `exit code of ${JSON.stringify(program)}`);
        assert.equal(result.stdout, "");
      }
      assert.deepEqual(await handle.files.list(cwd), []);
    },
  },
]);
