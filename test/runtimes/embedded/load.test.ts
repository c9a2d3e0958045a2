import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { runShell, testRuntime, testSandbox } from "./support/embedded.ts";

const runtime = testRuntime();

test("fifty commands at once are all run", async () => {
  const sandbox = await testSandbox(runtime);
  const runs = Array.from({ length: 50 }, (_, index) =>
    runShell(sandbox, `echo ${index}; echo ${index} > f${index}`),
  );
  const outputs = (await Promise.all(runs)).map(({ stdout }) => stdout);
  expect(outputs).toEqual(Array.from({ length: 50 }, (_, index) => `${index}\n`));
  expect((await sandbox.files.list("/workspace")).length).toBe(50);
  await sandbox.destroy();
});

test("twenty sandboxes at once are all made, used and removed", async () => {
  const sandboxes = await Promise.all(Array.from({ length: 20 }, () => testSandbox(runtime)));
  const outputs = await Promise.all(
    sandboxes.map(async (sandbox, index) => {
      await runShell(sandbox, `echo ${index} > own`);
      return (await runShell(sandbox, "cat own; ls")).stdout;
    }),
  );
  expect(outputs).toEqual(Array.from({ length: 20 }, (_, index) => `${index}\nown\n`));
  await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
  expect(await runtime.list()).toEqual([]);
}, 180_000);

test("a thousand commands one after the other leave nothing behind", async () => {
  const sandbox = await testSandbox(runtime);
  const before = process.memoryUsage.rss();
  for (let count = 0; count < 1_000; count++) await runShell(sandbox, "echo x");
  expect((process.memoryUsage.rss() - before) >> 20).toBeLessThan(64);
  expect(await sandbox.stats()).toMatchObject({ pids: 0, memoryBytes: 0 });
  await sandbox.destroy();
}, 180_000);

test("the host stays quick and small whatever its sandboxes do", async () => {
  const caps = { memoryMib: 192, cpus: 1, pids: 64, diskMib: 32, openFiles: 64 };
  const sandboxes = await Promise.all([1, 2, 3].map(() => testSandbox(runtime, { caps })));
  const before = process.memoryUsage.rss();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const scripts = [
    "python3 -c \"while True: print('x' * 100000)\"",
    "x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done",
    'python3 -c "a = []\nwhile True: a.append(bytearray(8 << 20))"',
  ];
  await Promise.all(sandboxes.map((sandbox, index) => runShell(sandbox, scripts[index] ?? "")));
  delay.disable();
  expect(delay.max / 1e6).toBeLessThan(2_000);
  expect(delay.percentile(50) / 1e6).toBeLessThan(100);
  expect((process.memoryUsage.rss() - before) >> 20).toBeLessThan(100);
  await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
}, 180_000);
