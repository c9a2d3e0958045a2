import assert from "node:assert/strict";
import type { SandboxClient } from "ctx-sandbox";

/** What the platform gives an agent. */
export interface AgentContext {
  readonly sandbox: SandboxClient;
  /** Shows one step and its outcome. */
  readonly show: (step: string, outcome: string) => void;
}

/** The agent of the demonstration: it knows of `ctx.sandbox`, and of no runtime. */
export async function agent(ctx: AgentContext): Promise<void> {
  await runOnce(ctx);
  await useOneForLong(ctx);
  await misbehave(ctx);
  assert.deepEqual(await ctx.sandbox.list(), []);
  ctx.show("ctx.sandbox.list()", "nothing is left");
}

async function runOnce(ctx: AgentContext): Promise<void> {
  const result = await ctx.sandbox.runPython("print(sum(n * n for n in range(10)))");
  assert.deepEqual([result.stdout, result.exitCode], ["285\n", 0]);
  ctx.show('ctx.sandbox.runPython("print(sum(n * n for n in range(10)))")', result.stdout.trim());
}

async function useOneForLong(ctx: AgentContext): Promise<void> {
  await using sandbox = await ctx.sandbox.create({ name: `demo-${process.pid}`, memoryMib: 256 });
  ctx.show(
    "ctx.sandbox.create({ name, memoryMib: 256 })",
    `${sandbox.name}, isolation: ${sandbox.isolation}`,
  );

  await sandbox.files.write("cities.csv", "Lima,10\nOslo,1\nCairo,22\n");
  const sorted = await sandbox.shell("sort -t, -k2 -n -r cities.csv | head -n 1");
  assert.equal(sorted.stdout, "Cairo,22\n");
  ctx.show('sandbox.shell("sort … cities.csv | head -n 1")', sorted.stdout.trim());

  await sandbox.python('open("greeting.txt", "w").write("hello from inside")', { check: true });
  const greeting = await sandbox.files.readText("greeting.txt");
  assert.equal(greeting, "hello from inside");
  ctx.show('sandbox.files.readText("greeting.txt")', greeting);
}

async function misbehave(ctx: AgentContext): Promise<void> {
  const failed = await ctx.sandbox.runShell("echo 'half of it'; exit 3");
  assert.deepEqual([failed.stdout, failed.exitCode], ["half of it\n", 3]);
  ctx.show("a command that fails", `exit code ${failed.exitCode}, and its output: ${failed.stdout.trim()}`);

  const endless = await ctx.sandbox.runPython("while True: pass", { timeoutMs: 2_000 });
  assert.deepEqual([endless.timedOut, endless.exitCode], [true, 124]);
  ctx.show("a command without an end", `ended after ${(endless.durationMs / 1000).toFixed(1)} s`);

  const connect = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)";
  const outside = await ctx.sandbox.runPython(connect);
  assert.equal(outside.ok, false);
  ctx.show("a command that wants the network", outside.stderr.trim().split("\n").at(-1) ?? "");

  const elsewhere = await ctx.sandbox.runShell(visit, { egress: ["example.com"] });
  assert.match(elsewhere.stdout, /not-in-allowlist/);
  ctx.show("one that may reach example.com, and asks for another host", elsewhere.stdout.trim());
}

/** Asks for a page by whichever program there is, and prints what comes back. */
const visit = `
url=http://elsewhere.example.org/
if command -v curl > /dev/null; then curl -sS $url; else python3 -c '
import sys, urllib.error, urllib.request
try: urllib.request.urlopen(sys.argv[1])
except urllib.error.HTTPError as error: print(error.read().decode())
' $url; fi`;
