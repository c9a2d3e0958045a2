import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { microsandboxRuntime } from "../../runtimes/microsandbox/index.ts";
import { probeMicrosandbox } from "../../runtimes/microsandbox/probe.ts";
import { verdictFile } from "../../runtimes/microsandbox/probe-verdict.ts";
import { vendorHome } from "../../runtimes/microsandbox/sdk.ts";
import { requireComponent } from "../support/components.ts";
import { testSpec } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

/** The vendor's processes that work on a folder, by their environment. */
async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const environments = pids.map((pid) => readFile(`/proc/${pid}/environ`, "latin1").catch(() => ""));
  const found = await Promise.all(environments);
  return pids.filter(
    (pid, index) => pid !== String(process.pid) && found[index]?.includes(`MSB_HOME=${folder}`),
  );
}

test("the probe says yes in time, because a guest ran, and the second one at once", async (context) => {
  requireComponent("microvm", context);
  const home = await temporaryFolder();
  const start = performance.now();
  const first = await probeMicrosandbox({ home });
  const firstMs = performance.now() - start;
  expect(first).toMatchObject({ available: true, version: expect.stringMatching(/^\d+\./) });
  expect(firstMs).toBeLessThan(30_000);
  expect(await readdir(home, { recursive: true })).toEqual([
    "ctx-sandbox",
    join("ctx-sandbox", "probe.json"),
  ]);
  expect(await processesOf(home)).toEqual([]);
  const again = performance.now();
  expect(await probeMicrosandbox({ home })).toMatchObject({ available: true });
  expect(performance.now() - again).toBeLessThan(Math.min(2_000, firstMs));
});

test("a cancelled probe leaves no process and no folder", async (context) => {
  requireComponent("microvm", context);
  const home = await temporaryFolder();
  const stop = new AbortController();
  const probing = probeMicrosandbox({ home, signal: stop.signal });
  await waitUntil("its guest has been started", async () => (await processesOf(home)).length > 1);
  stop.abort();
  await expect(probing).rejects.toMatchObject({ code: "cancelled" });
  await waitUntil("no process is left", async () => (await processesOf(home)).length === 0);
  expect(await readdir(home)).toEqual([]);
});

test("the guest of a probe that is killed ends by itself", async (context) => {
  requireComponent("microvm", context);
  const home = await temporaryFolder();
  const file = new URL("../../runtimes/microsandbox/probe.ts", import.meta.url).href;
  const script = `import { probeMicrosandbox } from ${JSON.stringify(file)}; await probeMicrosandbox({ home: ${JSON.stringify(home)} });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  // A look at all processes takes longer here than a probe may: the folder of its guest is seen in time.
  await waitUntil("its guest is being started", async () =>
    (await readdir(home, { recursive: true })).some((path) => path.endsWith(join("sandboxes", "probe"))),
  );
  child.kill("SIGKILL");
  await once(child, "exit");
  await waitUntil("no process is left", async () => (await processesOf(home)).length === 0);
});

test("a sandbox that was made is evidence enough", async (context) => {
  requireComponent("microvm", context);
  const verdict = verdictFile(vendorHome());
  await rm(verdict, { force: true });
  const runtime = microsandboxRuntime({ namespace: `probe-${process.pid}`, pull: "never" });
  try {
    await (await runtime.create(testSpec())).destroy();
    const details = { "found by": "a guest that booted earlier" };
    expect(await runtime.probe()).toMatchObject({ available: true, details });
  } finally {
    await runtime.close();
  }
});
