import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { microsandboxRuntime } from "../../runtimes/microsandbox/index.ts";
import { describeWith } from "../support/components.ts";
import { runCommand } from "../support/run-command.ts";
import { waitUntil } from "../support/wait-until.ts";

const program = fileURLToPath(new URL("support/hold-egress-main.ts", import.meta.url));
const namespace = "egress-owner-test";

describeWith("microvm", "the owner of a microVM's egress", () => {
  test("kill -9 of the process that serves it closes the way out, while the sandbox still runs", async () => {
    const runtime = microsandboxRuntime({ namespace });
    const owner = spawn(process.execPath, [program, namespace], { stdio: ["pipe", "pipe", "inherit"] });
    try {
      const [name] = (await once(createInterface(owner.stdout), "line")) as [string];
      const sandbox = await runtime.attach(name);
      const ask = async () => {
        const command = ["curl", "-s", "-m", "10", "http://allowed.test/"] as const;
        return (await runCommand(sandbox, command)).stdout;
      };
      expect(await ask()).toBe("hello");
      const ended = once(owner, "exit");
      owner.kill("SIGKILL");
      await ended;
      await waitUntil("the way out is closed", async () => (await ask()) === "");
      const listening = await runCommand(sandbox, ["cat", "/proc/net/tcp"]);
      const listeners = listening.stdout.split("\n").filter((line) => / 0A /.test(line));
      expect(listeners).toEqual([]);
      expect((await sandbox.inspect()).status).toBe("running");
    } finally {
      owner.kill("SIGKILL");
      for (const { name } of await runtime.list()) await (await runtime.attach(name)).destroy();
      await runtime.close();
    }
  });
});
