import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { microsandboxRuntime } from "../runtimes/microsandbox/index.ts";
import type { RuntimeSandbox } from "../src/runtime/index.ts";
import { defaultCaps, defaultImage } from "../src/runtime/index.ts";
import { RuntimeSandboxClient } from "../src/sandbox/index.ts";
import type { Benchmark, Contest } from "./benchmark.ts";

/** A command in a microVM, over the vendor's package alone. The first is the row; the others tell what a call costs beside it. */
export const benchmarks: readonly Benchmark[] = [
  {
    id: "microvm",
    work: "true in a live microVM",
    reference: "exec of the raw microsandbox package",
    goal: { ratio: 1.05 },
    rounds: 30,
    prepare: () => contest(["true"]),
  },
  {
    id: "microvm-burst",
    work: "true ten times without a pause in a live microVM",
    reference: "ten times exec of the raw microsandbox package",
    goal: { ratio: 1.05 },
    rounds: 20,
    prepare: () => contest(["true"], 10),
  },
  {
    id: "microvm-shell",
    work: "a line of shell in a live microVM",
    reference: "shell of the raw microsandbox package",
    goal: { ratio: 1.05 },
    rounds: 30,
    prepare: () => contest(["/bin/sh", "-c", "echo $((6 * 7))"]),
  },
  {
    id: "microvm-python",
    work: "print(1) in Python in a live microVM",
    reference: "the same over the raw microsandbox package",
    goal: { ratio: 1.05 },
    rounds: 20,
    prepare: () => contest(["python3", "-c", "print(1)"]),
  },
  {
    id: "microvm-file",
    work: "1 MiB written to /workspace and read back, as the sandbox's user",
    reference: "the file API of the raw microsandbox package, as root",
    goal: { ratio: 1.05 },
    rounds: 10,
    prepare: fileContest,
  },
];

/**
 * What ours has ready for the next command is made after the one before, in the background: it must neither be measured as the reference's time
 * nor be missing from ours. The pause before each work is longer than that takes, and `times` in a row show what it costs.
 */
const pauseMs = 1_000;

async function contest(argv: readonly [string, ...string[]], times = 1): Promise<Contest | string> {
  const runtime = microsandboxRuntime({ namespace: "bench" });
  const probe = await runtime.probe();
  if (!probe.available) return probe.reason;
  const raw = await startRaw();
  const spec = { name: "ours", image: defaultImage, caps: defaultCaps, env: {}, labels: {} };
  const sandbox = await runtime.create({ ...spec, profile: "restricted" });
  const [program, ...args] = argv;
  return {
    settle: () => sleep(pauseMs),
    ours: async () => {
      for (let count = 0; count < times; count += 1) await run(sandbox, argv);
    },
    reference: async () => {
      for (let count = 0; count < times; count += 1) {
        const { code } = await raw.sandbox.exec(program, args);
        if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}`);
      }
    },
    close: async () => {
      await sandbox.destroy();
      await raw.end();
      await runtime.close();
    },
  };
}

async function fileContest(): Promise<Contest | string> {
  const runtime = microsandboxRuntime({ namespace: "bench" });
  const probe = await runtime.probe();
  if (!probe.available) return probe.reason;
  const raw = await startRaw();
  const client = new RuntimeSandboxClient(runtime);
  const sandbox = await client.create({ name: "ours" });
  const bytes = randomBytes(1 << 20);
  const check = (read: Uint8Array) => {
    if (!bytes.equals(read)) throw new Error("what was read is not what was written");
  };
  return {
    settle: () => sleep(pauseMs),
    ours: async () => {
      await sandbox.files.write("/workspace/file", bytes);
      check(await sandbox.files.readBytes("/workspace/file"));
    },
    reference: async () => {
      const files = raw.sandbox.fs();
      await files.write("/tmp/file", bytes);
      check(await files.read("/tmp/file"));
    },
    close: async () => {
      await client.close();
      await raw.end();
    },
  };
}

/** A microVM of the raw package, as small as ours. */
async function startRaw() {
  const { Sandbox } = await import("microsandbox");
  const name = `raw-${randomBytes(4).toString("hex")}`;
  const builder = Sandbox.builder(name).image(defaultImage).cpus(1).memory(defaultCaps.memoryMib);
  const sandbox = await builder.disableNetwork().create();
  const end = async () => {
    await sandbox.kill();
    await Sandbox.remove(name);
  };
  return { sandbox, end };
}

async function run(sandbox: RuntimeSandbox, argv: readonly [string, ...string[]]): Promise<void> {
  const process = await sandbox.spawn({ argv, env: {}, cwd: "/workspace", stdin: "none" });
  for await (const _ of process.output);
  const { exitCode } = await process.wait();
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}`);
}
