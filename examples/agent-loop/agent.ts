import type { SandboxClient } from "ctx-sandbox";
import type { Model, Observation } from "./model.ts";

/** What the platform gives an agent. It cannot tell from this where its code runs. */
export interface AgentContext {
  readonly sandbox: SandboxClient;
  readonly log: (line: string) => void;
}

/** More moves than this are a loop without an end. */
const maxMoves = 10;

/** Lets the model work on the task until it answers. Everything that it writes is run in one sandbox. */
export async function solve(task: string, model: Model, ctx: AgentContext): Promise<string> {
  const observations: Observation[] = [];
  await using sandbox = await ctx.sandbox.create({ name: `agent-${process.pid}`, memoryMib: 256 });
  for (let count = 0; count < maxMoves; count += 1) {
    const move = model(task, observations);
    if (move.kind === "answer") return move.text;
    const options = { timeoutMs: 30_000, maxOutputBytes: 64 * 1024 };
    const result = await sandbox[move.kind](move.code, options);
    ctx.log(
      `${move.kind} → ${result.ok ? "ok" : `exit code ${result.exitCode}`}: ${lastLine(result.output)}`,
    );
    observations.push({ ok: result.ok, output: result.output });
  }
  throw new Error(`no answer after ${maxMoves} moves`);
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
