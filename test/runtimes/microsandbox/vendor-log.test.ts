import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eraseVendorLog } from "../../../runtimes/microsandbox/vendor-log.ts";
import { runNode } from "../../support/run-program.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

async function newLogs() {
  const home = await temporaryFolder();
  const logs = join(home, "sandboxes", "ns.box", "logs");
  const has = async (...names: string[]) => (await readdir(logs)).join() === names.join();
  return { home, logs, has };
}

test("logs of what commands print go, as often as they come, and others stay", async () => {
  const { home, logs, has } = await newLogs();
  await mkdir(logs, { recursive: true });
  await writeFile(join(logs, "exec.log"), "secret");
  await writeFile(join(logs, "kernel.log"), "boot");
  onTestFinished(eraseVendorLog(home, "ns.box"));
  await waitUntil("the first log is gone", () => has("kernel.log"));
  for (const name of ["exec.log", "exec.log.1", "exec.log.3"]) {
    await writeFile(join(logs, name), "secret");
    await waitUntil(`${name} is gone`, () => has("kernel.log"));
  }
});

test("the folder may come later, vanish and come again", async () => {
  const { home, logs, has } = await newLogs();
  onTestFinished(eraseVendorLog(home, "ns.box"));
  for (let round = 0; round < 3; round++) {
    await mkdir(logs, { recursive: true });
    await writeFile(join(logs, "exec.log"), "secret");
    await waitUntil("the log is gone", () => has());
    await rm(join(home, "sandboxes"), { recursive: true });
  }
});

test("it ends when it is told to, and other sandboxes are none of its business", async () => {
  const { home, logs, has } = await newLogs();
  await mkdir(logs, { recursive: true });
  const other = join(home, "sandboxes", "ns.other", "logs");
  await mkdir(other, { recursive: true });
  await writeFile(join(other, "exec.log"), "kept");
  const stop = eraseVendorLog(home, "ns.box");
  await writeFile(join(logs, "exec.log"), "secret");
  await waitUntil("the log is gone", () => has());
  stop();
  stop();
  const second = eraseVendorLog(home, "ns.third");
  await writeFile(join(logs, "exec.log"), "kept");
  await mkdir(join(home, "sandboxes", "ns.third", "logs"), { recursive: true });
  await writeFile(join(home, "sandboxes", "ns.third", "logs", "exec.log"), "secret");
  const third = () => readdir(join(home, "sandboxes", "ns.third", "logs"));
  await waitUntil("a log of the third is gone", async () => (await third()).length === 0);
  second();
  expect(await readdir(logs)).toEqual(["exec.log"]);
  expect(await readdir(other)).toEqual(["exec.log"]);
});

test("it does not hold the process", async () => {
  const { home, logs } = await newLogs();
  await mkdir(logs, { recursive: true });
  const file = new URL("../../../runtimes/microsandbox/vendor-log.ts", import.meta.url).href;
  const script = `import { eraseVendorLog } from ${JSON.stringify(file)}; eraseVendorLog(${JSON.stringify(home)}, "ns.box");`;
  const { exitCode } = await runNode(["--input-type=module", "--eval", script], { timeoutMs: 30_000 });
  expect(exitCode).toBe(0);
});
