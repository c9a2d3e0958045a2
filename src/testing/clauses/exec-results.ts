import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal } from "../expectations.ts";
import { has } from "../requirement.ts";

/** How the end of a command is told. */
export const execResultClauses: readonly Clause[] = clauseGroup("exec", [
  {
    name: "exit-codes",
    behaviour: "the exit code arrives unchanged, and only 0 is ok",
    async run({ shared }) {
      const handle = await shared();
      for (const exitCode of [0, 1, 2, 3, 42, 77, 124, 125, 126, 127, 128, 200, 255]) {
        const result = await handle.shell(`exit ${exitCode}`);
        assert.equal(result.exitCode, exitCode);
        assert.equal(result.ok, exitCode === 0);
        assert.equal(result.timedOut, false, `timedOut of exit ${exitCode}`);
        assert.equal(result.oomKilled, false);
      }
    },
  },
  {
    name: "unknown-program",
    behaviour: "a program that does not exist is exit code 127 with a message on stderr, not an error",
    async run({ shared }) {
      const handle = await shared();
      for (const program of ["no-such-program", "/no/such/program", "./no-such-program"]) {
        const result = await handle.exec(program, ["argument"]);
        assert.equal(result.exitCode, 127, `exit code of ${program}`);
        assert.equal(result.stdout, "");
        assert.match(result.stderr, /no-such-program|no\/such\/program/);
      }
    },
  },
  {
    name: "not-executable",
    behaviour: "a file that may not be executed is exit code 126 with a message on stderr",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      await handle.files.write(`${cwd}/plain`, "#!/bin/sh\necho no\n", { mode: 0o644 });
      const result = await handle.exec(`${cwd}/plain`);
      assert.equal(result.exitCode, 126);
      assert.equal(result.stdout, "");
      assert.notEqual(result.stderr, "");
    },
  },
  {
    name: "folder-is-no-program",
    behaviour: "a folder as program is exit code 126",
    async run({ shared, folder }) {
      const handle = await shared();
      assert.equal((await handle.exec(await folder(handle))).exitCode, 126);
    },
  },
  {
    name: "streams-apart",
    behaviour: "stdout and stderr are told apart; output is one after the other",
    async run({ shared }) {
      const result = await expectOk((await shared()).shell("echo out; echo err >&2; echo out2"));
      assert.equal(result.stdout, "out\nout2\n");
      assert.equal(result.stderr, "err\n");
      assert.equal(result.output, "out\nout2\nerr\n");
      assert.equal(result.truncated, false);
      assert.deepEqual({ ...result.truncatedStreams }, { stdout: false, stderr: false });
      assert.equal(result.droppedBytes, 0);
      assert.equal(result.running, false);
    },
  },
  {
    name: "output-is-untouched",
    behaviour: "output keeps its line ends and spaces, and has none added",
    async run({ shared }) {
      const handle = await shared();
      for (const text of ["", "\n", "\n\n", "no newline", "  \t ", "\r\n", "a\rb", "end\n\n"]) {
        const result = await expectOk(handle.exec("printf", ["%s", text]));
        assert.equal(result.stdout, text);
        assert.equal(result.stderr, "");
      }
    },
  },
  {
    name: "duration",
    behaviour: "durationMs is the time that the command took",
    async run({ shared }) {
      const handle = await shared();
      const start = performance.now();
      const { durationMs } = await expectOk(handle.shell("sleep 0.5"));
      const elapsed = performance.now() - start;
      assert.ok(durationMs >= 450 && durationMs <= elapsed + 50, `${durationMs} ms of ${elapsed} ms`);
    },
  },
  {
    name: "result-is-frozen",
    behaviour: "a result cannot be changed",
    async run({ shared }) {
      const result = await (await shared()).shell("true");
      assert.ok(Object.isFrozen(result));
      assert.deepEqual([...result.files], []);
    },
  },
  {
    name: "check",
    behaviour: "with `check` a failure throws command_failed that holds the result, and success does not",
    async run({ shared }) {
      const handle = await shared();
      assert.equal((await handle.shell("echo fine", { check: true })).stdout, "fine\n");
      const error = await expectRefusal(
        handle.shell("echo bad >&2; exit 9", { check: true }),
        "command_failed",
      );
      const result = error.data.result as { exitCode?: number; stderr?: string } | undefined;
      assert.equal(result?.exitCode, 9);
      assert.equal(result?.stderr, "bad\n");
    },
  },
  {
    name: "death-by-signal",
    behaviour: "a command that dies of a signal has exit code 128 + n and the signal's name, and is not ok",
    needs: [has("signals")],
    async run({ shared }) {
      const handle = await shared();
      const deaths = [
        ["KILL", 137],
        ["TERM", 143],
        ["INT", 130],
        ["SEGV", 139],
      ] as const;
      for (const [signal, exitCode] of deaths) {
        const result = await handle.exec("sh", ["-c", `kill -${signal} $$; sleep 60`]);
        assert.equal(result.exitCode, exitCode);
        assert.equal(result.signal, `SIG${signal}`);
        assert.equal(result.ok, false);
        assert.equal(result.oomKilled, false);
        assert.equal(result.timedOut, false);
      }
    },
  },
]);
