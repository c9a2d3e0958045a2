import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectRefusal, expectStdout } from "../expectations.ts";
import { hasPython } from "../requirement.ts";

/** One command in a sandbox of its own. */
export const lifecycleOneShotClauses: readonly Clause[] = clauseGroup("one-shot", [
  {
    name: "shell",
    behaviour: "runShell() runs a script and leaves nothing",
    async run({ client, spec, name: uniqueName }) {
      const labels = { run: uniqueName() };
      const { name: _, ...fields } = spec({ labels, env: { GREETING: "hello" } });
      await expectStdout(client.runShell('echo "$GREETING"; cat', { ...fields, stdin: "in" }), "hello\nin");
      assert.deepEqual(await client.list({ labels }), []);
    },
  },
  {
    name: "exec",
    behaviour: "exec() of the client runs a program without a shell and leaves nothing",
    async run({ client, spec, name: uniqueName }) {
      const labels = { run: uniqueName() };
      const { name: _, ...fields } = spec({ labels });
      await expectStdout(client.exec("printf", ["%s", "$HOME;*"], fields), "$HOME;*");
      assert.deepEqual(await client.list({ labels }), []);
    },
  },
  {
    name: "python",
    behaviour: "runPython() runs code and leaves nothing",
    needs: [hasPython],
    async run({ client, spec, name: uniqueName }) {
      const labels = { run: uniqueName() };
      const { name: _, ...fields } = spec({ labels });
      await expectStdout(client.runPython("print(6 * 7)", fields), "42\n");
      assert.deepEqual(await client.list({ labels }), []);
    },
  },
  {
    name: "failure-is-a-result",
    behaviour: "a one-shot whose command fails or times out gives its result and leaves nothing",
    async run({ client, spec, name: uniqueName }) {
      const labels = { run: uniqueName() };
      const { name: _, ...fields } = spec({ labels });
      const [failed, late] = await Promise.all([
        client.runShell("echo no >&2; exit 7", fields),
        client.runShell("sleep 600", { ...fields, timeoutMs: 300 }),
      ]);
      assert.equal(failed.exitCode, 7);
      assert.equal(failed.stderr, "no\n");
      assert.equal(late.timedOut, true);
      assert.deepEqual(await client.list({ labels }), []);
    },
  },
  {
    name: "cancelled",
    behaviour: "a cancelled one-shot rejects with cancelled and leaves nothing",
    async run({ client, spec, name: uniqueName }) {
      const labels = { run: uniqueName() };
      const { name: _, ...fields } = spec({ labels });
      await expectRefusal(
        client.runShell("sleep 600", { ...fields, signal: AbortSignal.timeout(1_000) }),
        "cancelled",
      );
      assert.deepEqual(await client.list({ labels }), []);
    },
  },
]);
