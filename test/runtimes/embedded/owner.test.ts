import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { waitUntil } from "../../support/wait-until.ts";
import { supervisorPids } from "./support/embedded.ts";

/** Starts a process that has a sandbox with a busy command in it, and waits until that runs. */
async function startOwner(mode: string): Promise<{ readonly owner: ChildProcess; readonly pid: number }> {
  const program = fileURLToPath(new URL("./programs/owner.ts", import.meta.url));
  const owner = spawn(process.execPath, ["--no-warnings", program, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void owner.kill("SIGKILL"));
  owner.stdout?.setEncoding("utf8");
  const [said] = (await once(owner.stdout as NodeJS.ReadableStream, "data")) as [string];
  return { owner, pid: Number(said) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("nothing is left", () => {
  test.each(["shell", "python", "idle"])("of an owner that is killed with SIGKILL: %s", async (mode) => {
    const { owner, pid } = await startOwner(mode);
    expect(isAlive(pid)).toBe(true);
    owner.kill("SIGKILL");
    await waitUntil("the sandbox's process is gone", () => !isAlive(pid));
  });

  test("of an owner that ends without closing anything, and is not held up by its sandbox", async () => {
    const { owner, pid } = await startOwner("leave");
    const [exitCode] = owner.exitCode === null ? await once(owner, "exit") : [owner.exitCode];
    expect(exitCode).toBe(0);
    await waitUntil("the sandbox's process is gone", () => !isAlive(pid));
  });

  test("of the sandboxes of this process when they are destroyed", () => {
    expect(supervisorPids()).toEqual([]);
  });
});
