import { readFileSync } from "node:fs";
import { embeddedRuntime } from "../../../../runtimes/embedded/index.ts";

/** A process that owns a sandbox. It prints the id of the sandbox's process and then does as its argument says. */
const mode = process.argv[2];
const programs: Record<string, [string, ...string[]]> = {
  shell: ["sh", "-c", "while :; do :; done"],
  python: ["python3", "-c", "while True: pass"],
};
const caps = { memoryMib: 512, cpus: 1, pids: 64, diskMib: 64, openFiles: 64 };
const runtime = embeddedRuntime();
const sandbox = await runtime.create({
  name: "owned",
  image: "",
  caps,
  env: {},
  labels: {},
  profile: "restricted",
});
const argv = programs[mode ?? ""];
if (argv !== undefined) {
  await sandbox.spawn({ argv, env: {}, cwd: "/workspace", stdin: "none" });
  while ((await sandbox.stats()).cpuPercent < 20);
}
const [pid] = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ");
process.stdout.write(`${pid}\n`);
if (mode !== "leave") setInterval(() => {}, 1_000);
