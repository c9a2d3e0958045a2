import assert from "node:assert/strict";
import type { SandboxProcess } from "../../sandbox/index.ts";
import { type Clause, type ClauseSource, clauseGroup } from "../clause.ts";
import { expectOk, until, within } from "../expectations.ts";
import { endless, processMarker, untilAlive, untilGone } from "../processes.ts";
import { has, lacks } from "../requirement.ts";

/** Kill reaches all that a command started, and nothing else. */
export const processTreeClauses: readonly Clause[] = clauseGroup("process-trees", [
  killClause({
    kind: "children",
    what: "children and their children",
    script: (loop) => `${loop} & sh -c "${loop} & wait" & wait`,
    alive: 4,
  }),
  killClause({
    kind: "orphans",
    what: "double-forked processes whose parent is gone",
    script: (loop) => `(${loop} &); (${loop} &); sleep 600`,
    alive: 3,
  }),
  killClause({
    kind: "new-sessions",
    what: "processes in sessions of their own",
    script: (loop) => `setsid ${loop} & (setsid ${loop} &); sleep 600`,
    alive: 3,
  }),
  killClause({
    kind: "cleared-environments",
    what: "detached processes with an empty environment and closed streams",
    script: (loop) =>
      `env -i setsid ${loop} < /dev/null > /dev/null 2>&1 & (env -i setsid ${loop} < /dev/null > /dev/null 2>&1 &); sleep 600`,
    alive: 3,
  }),
  {
    name: "kill-reaches-the-busy-forker",
    behaviour: "kill() leaves nothing of a program that forks detached processes all the time",
    needs: [has("signals")],
    async run({ sandbox }) {
      const handle = await sandbox({ pids: 128 });
      const marker = processMarker();
      const script = `while :; do (setsid sh -c 'sleep 20; :' ${marker} > /dev/null 2>&1 &); sleep 0.02; done`;
      const process = await handle.spawn("sh", ["-c", script, marker]);
      await untilAlive(handle, marker, 10);
      await within(30_000, "kill()", process.kill());
      await within(30_000, "wait()", process.wait());
      await untilGone(handle, marker);
    },
  },
  {
    name: "term-is-heard",
    behaviour: "kill(SIGTERM) lets a program clean up, its children included",
    needs: [has("signals"), has("streaming")],
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const trap = (name: string) => `trap 'echo ${name} > ${name}; exit 0' TERM`;
      const child = `${trap("child")}; echo ready; while :; do sleep 0.1; done`;
      const script = `sh -c "${child}" & ${trap("parent")}; echo ready; while :; do sleep 0.1; done`;
      const process = await handle.spawn("sh", ["-c", script], { cwd });
      let seen = "";
      for await (const chunk of process.stdout) {
        seen += Buffer.from(chunk);
        if (seen === "ready\nready\n") break;
      }
      await process.kill("SIGTERM");
      assert.equal((await within(30_000, "wait()", process.wait())).exitCode, 0);
      for (const name of ["parent", "child"]) {
        await until(`${name} has cleaned up`, () => handle.files.exists(`${cwd}/${name}`));
      }
    },
  },
  {
    name: "kill-touches-nothing-else",
    behaviour: "kill() does not touch another command of the same sandbox",
    async run({ sandbox }) {
      const handle = await sandbox();
      const other = handle.shell("sleep 2; echo done");
      const process = await handle.spawn("sleep", ["600"]);
      await process.kill();
      assert.notEqual((await within(30_000, "wait()", process.wait())).exitCode, 0);
      const { stdout } = await expectOk(other);
      assert.equal(stdout, "done\n");
    },
  },
  {
    name: "kill-is-told",
    behaviour: "a program ended by kill() has exit code 137 and signal SIGKILL",
    async run({ shared }) {
      const process = await (await shared()).spawn("sleep", ["600"]);
      await process.kill();
      const exit = await within(30_000, "wait()", process.wait());
      assert.deepEqual(
        [exit.exitCode, exit.signal, exit.timedOut, exit.oomKilled],
        [137, "SIGKILL", false, false],
      );
    },
  },
  {
    name: "kill-is-idempotent",
    behaviour: "kill() of a program that has ended is no error and does not change how it ended",
    async run({ shared }) {
      const process = await (await shared()).spawn("sh", ["-c", "exit 3"]);
      assert.equal((await process.wait()).exitCode, 3);
      await Promise.all([process.kill(), process.kill("SIGTERM")]);
      assert.equal((await process.wait()).exitCode, 3);
    },
  },
  {
    name: "late-kill-harms-nobody",
    behaviour:
      "kill() of programs that have ended does not touch one that runs, however many there were before it",
    async run({ shared }) {
      const handle = await shared();
      const ended: SandboxProcess[] = [];
      // More than a runtime may have ready at a time: what it numbers its commands by comes round again.
      for (let count = 0; count < 30; count += 1) {
        const process = await handle.spawn("true");
        await process.wait();
        ended.push(process);
      }
      const running = await handle.spawn("sh", ["-c", "sleep 2; exit 3"]);
      await Promise.all(ended.flatMap((process) => [process.kill(), process.kill("SIGTERM")]));
      assert.equal((await within(30_000, "wait()", running.wait())).exitCode, 3);
      await expectOk(handle.shell("true"));
    },
  },
  {
    name: "term-ends-at-once",
    behaviour: "without signals, kill(SIGTERM) ends the program as SIGKILL does",
    needs: [lacks("signals")],
    async run({ sandbox }) {
      const process = await (await sandbox()).spawn("sleep", ["600"]);
      await process.kill("SIGTERM");
      assert.notEqual((await within(30_000, "wait()", process.wait())).exitCode, 0);
    },
  },
]);

interface KillSource {
  readonly kind: string;
  readonly what: string;
  /** The script, made of a command that never ends. */
  readonly script: (loop: string) => string;
  /** How many marked processes there are when all have started, the script's own shell included. */
  readonly alive: number;
}

function killClause({ kind, what, script, alive }: KillSource): ClauseSource {
  return {
    name: `kill-reaches-${kind}`,
    behaviour: `kill() ends ${what}`,
    needs: [has("signals")],
    async run({ shared }) {
      const handle = await shared();
      const marker = processMarker();
      const process = await handle.spawn("sh", ["-c", script(endless(marker))]);
      await untilAlive(handle, marker, alive);
      await within(30_000, "kill()", process.kill());
      await within(30_000, "wait()", process.wait());
      await untilGone(handle, marker);
    },
  };
}
