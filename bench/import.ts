import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Benchmark } from "./benchmark.ts";

/** How much a program pays for importing the package. */
export const benchmarks: readonly Benchmark[] = [
  {
    id: "import",
    work: 'import "ctx-sandbox"',
    reference: "node -e 0",
    goal: { extraMs: 40 },
    prepare: async () => ({
      ours: () => node(["--input-type=module", "-e", 'import "ctx-sandbox"']),
      reference: () => node(["-e", "0"]),
    }),
  },
];

async function node(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: "ignore", cwd: import.meta.dirname });
  const [exitCode] = await once(child, "close");
  if (exitCode !== 0) throw new Error(`node ${args.join(" ")} ended with ${exitCode}`);
}
