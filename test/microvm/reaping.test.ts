import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { describeWith } from "../support/components.ts";
import { projectFolder, runProgram } from "../support/run-program.ts";
import { waitUntil } from "../support/wait-until.ts";

const namespace = `reaping-${process.pid}`;
const home = process.env.MSB_HOME ?? join(homedir(), ".microsandbox");

/** Names in a folder; none when it is not there. */
const namesIn = async (...parts: readonly string[]) =>
  (await readdir(join(home, ...parts)).catch(() => [])).filter((name) => !name.startsWith("."));

/** Command lines of the processes of the namespace's microVMs. */
async function machines(): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.filter((line) => line.includes(`\0--name\0${namespace}.`));
}

async function hold(count: number) {
  const program = `${projectFolder}/test/microvm/support/hold-sandboxes.ts`;
  const child = spawn(process.execPath, [program, namespace, String(count)], {
    cwd: projectFolder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const kill = async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
  return { names: JSON.parse(line) as string[], kill };
}

async function reap() {
  const args = [
    "bin/ctx-sandbox.js",
    "--runtime",
    "microsandbox",
    "--namespace",
    namespace,
    "--json",
    "reap",
  ];
  const { exitCode, stdout, stderr } = await runProgram(process.execPath, args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(stdout) as { removed: { name: string; reason: string }[] };
}

describeWith("microvm", "reaping microVMs after kill -9", () => {
  test("those of a killed process go with process, folders and sockets; those of a living one stay", async () => {
    const [dead, living] = [await hold(2), await hold(1)];
    try {
      expect(await machines()).toHaveLength(3);
      expect((await reap()).removed).toEqual([]);
      await dead.kill();
      const { removed } = await reap();
      expect(removed.map(({ name }) => name).sort()).toEqual([...dead.names].sort());
      expect(new Set(removed.map(({ reason }) => reason))).toEqual(new Set(["owner gone"]));
      await waitUntil("the processes are gone", async () => (await machines()).length === 1);
      expect(await namesIn("sandboxes")).toEqual(living.names.map((name) => `${namespace}.${name}`));
      expect(await namesIn("ctx-sandbox", namespace)).toHaveLength(1);
      expect(await namesIn("run", "sandboxes")).toHaveLength(1);
      expect((await namesIn("run", "agent")).filter((name) => name.endsWith(".sock"))).toHaveLength(1);
    } finally {
      await dead.kill();
      await living.kill();
    }
    expect((await reap()).removed).toHaveLength(1);
    await waitUntil("the last process is gone", async () => (await machines()).length === 0);
    expect(await namesIn("sandboxes")).toEqual([]);
    expect(await namesIn("ctx-sandbox", namespace)).toEqual([]);
    expect(await namesIn("run", "sandboxes")).toEqual([]);
    expect((await namesIn("run", "agent")).filter((name) => name.endsWith(".sock"))).toEqual([]);
  });
});
