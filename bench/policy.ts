import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embeddedRuntime } from "../runtimes/embedded/index.ts";
import { preparePolicy } from "../src/policy/connect-policy.ts";
import type { RuntimeSandbox, RuntimeSpec } from "../src/runtime/index.ts";
import { currentOwner } from "../src/util/owner.ts";
import type { Benchmark, Contest } from "./benchmark.ts";

const spec: RuntimeSpec = {
  name: "bench",
  image: "",
  caps: { memoryMib: 512, cpus: 1, pids: 256, diskMib: 256, openFiles: 1024 },
  env: {},
  labels: {},
  profile: "restricted",
};

/** What every layer of a policy and a durable audit file add to a command. */
export const benchmarks: readonly Benchmark[] = [
  {
    id: "policy",
    work: "echo under a policy with limits, an env secret and a durable audit file",
    reference: "echo on the bare embedded runtime",
    goal: { extraMs: 0.3 },
    rounds: 300,
    warmUpRounds: 30,
    prepare: contest,
  },
];

async function contest(): Promise<Contest | string> {
  const folder = mkdtempSync(join(tmpdir(), "ctx-sandbox-bench-policy-"));
  process.env.CTX_SANDBOX_BENCH_TOKEN = "a-token-of-the-bench";
  const prepared = await preparePolicy({
    policy: {
      version: 1,
      images: { allow: ["**"] },
      secrets: { TOKEN: { from: { env: "CTX_SANDBOX_BENCH_TOKEN" }, inject: "env" } },
      limits: { execMs: 60_000, outputBytes: 1_000_000, sandboxes: 4, execs: 8, idleMs: 600_000 },
      audit: { required: true, file: join(folder, "audit.jsonl") },
    },
    identity: { tenant: "bench", agent: "bench" },
  });
  const bare = embeddedRuntime();
  const under = embeddedRuntime();
  const policed = await prepared?.connect(under);
  if (policed === undefined) throw new Error("there is no policy to measure");
  const owned = { ...spec, owner: currentOwner() };
  const [reference, ours] = await Promise.all([
    bare.create(owned),
    policed.runtime.create({ ...owned, secrets: ["TOKEN"] }),
  ]);
  return {
    ours: () => run(ours),
    reference: () => run(reference),
    close: async () => {
      await Promise.all([bare.close(), policed.runtime.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function run(sandbox: RuntimeSandbox): Promise<void> {
  const process = await sandbox.spawn({ argv: ["echo", "hello"], env: {}, cwd: "/workspace", stdin: "none" });
  for await (const _chunk of process.output);
  const { exitCode } = await process.wait();
  if (exitCode !== 0) throw new Error(`echo ended with ${exitCode}`);
}
