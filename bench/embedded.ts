import { Bash, InMemoryFs } from "just-bash";
import { embeddedRuntime } from "../runtimes/embedded/index.ts";
import type { RuntimeSandbox } from "../src/runtime/index.ts";
import type { Benchmark, Contest } from "./benchmark.ts";

const caps = { memoryMib: 512, cpus: 1, pids: 256, diskMib: 256, openFiles: 1024 };
const loop = "for i in $(seq 1 200); do echo $i; done";

/** How much a sandbox costs over the same interpreter in one's own process, where it could not be ended. */
export const benchmarks: readonly Benchmark[] = [
  {
    id: "embedded-echo",
    work: "echo in a live embedded sandbox",
    reference: "echo in just-bash, in process",
    goal: { extraMs: 2 },
    rounds: 200,
    warmUpRounds: 20,
    prepare: () => contest(["echo", "hello"], "echo hello"),
  },
  {
    id: "embedded-loop",
    work: "200 × echo in a script in a live embedded sandbox",
    reference: "the same in just-bash, in process",
    goal: { ratio: 2 },
    prepare: () => contest(["sh", "-c", loop], loop),
  },
  {
    id: "embedded-python",
    work: "print(1) in Python in a live embedded sandbox",
    reference: "the same in just-bash, in process",
    goal: { ratio: 1.5 },
    rounds: 10,
    prepare: () => contest(["python3", "-c", "print(1)"], "python3 -c 'print(1)'"),
  },
];

async function contest(argv: readonly [string, ...string[]], script: string): Promise<Contest> {
  const runtime = embeddedRuntime();
  const spec = { name: "bench", image: "", caps, env: {}, labels: {}, profile: "restricted" } as const;
  const sandbox = await runtime.create(spec);
  const fs = new InMemoryFs();
  return {
    ours: () => run(sandbox, argv),
    reference: () => new Bash({ fs, python: true, javascript: true, cwd: "/workspace" }).exec(script),
    close: () => runtime.close(),
  };
}

async function run(sandbox: RuntimeSandbox, argv: readonly [string, ...string[]]): Promise<number> {
  const process = await sandbox.spawn({ argv, env: {}, cwd: "/workspace", stdin: "none" });
  let bytes = 0;
  for await (const { data } of process.output) bytes += data.length;
  const { exitCode } = await process.wait();
  if (exitCode !== 0 || bytes === 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}`);
  return bytes;
}
