import type { SandboxClient } from "ctx-sandbox";

/** What the agent found out. */
export interface Findings {
  readonly primes: readonly number[];
  readonly words: number;
  readonly failedWith: number;
}

/** An agent that knows of `ctx.sandbox` and of no runtime. */
export async function investigate(ctx: { readonly sandbox: SandboxClient }): Promise<Findings> {
  const sieve = "print([n for n in range(2, 30) if all(n % d for d in range(2, n))])";
  const { stdout } = await ctx.sandbox.runPython(sieve, { check: true });

  await using sandbox = await ctx.sandbox.create({ name: `investigation-${process.pid}` });
  await sandbox.files.write("text.txt", "the same agent on every runtime\n");
  const words = await sandbox.shell("wc -w < text.txt", { check: true });
  const failure = await sandbox.shell("exit 7");

  return { primes: JSON.parse(stdout), words: Number(words.stdout), failedWith: failure.exitCode };
}
