import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AttackedRuntime, CaseResult } from "../attack-case.ts";
import { systemPath } from "../support/find-fake-internet.ts";
import type { LabAnswer, LabRequest } from "./lab-messages.ts";

const program = fileURLToPath(new URL("lab-main.ts", import.meta.url));

/** The lab in its process, as its tests see it. */
export interface RunningLab {
  run(name: string, runtime: AttackedRuntime): Promise<CaseResult>;
  /** Runs a check; rejects when it fails. */
  check(name: string): Promise<void>;
  /** Takes everything down and waits until it is gone. */
  close(): Promise<void>;
}

/** Starts a lab in an empty network namespace, which is gone with it. */
export async function startLab(dockerHost: string): Promise<RunningLab> {
  const child = spawn("unshare", ["--net", process.execPath, program, dockerHost], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, PATH: systemPath() },
  });
  const waiting = new Map<number, (answer: LabAnswer) => void>();
  child.on("message", (answer: LabAnswer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  child.once("exit", (code, signal) => {
    for (const [id, resolve] of waiting) resolve({ id, failure: `the lab ended with ${code ?? signal}` });
  });
  const answerOf = (id: number) => new Promise<LabAnswer>((resolve) => waiting.set(id, resolve));
  checked(await answerOf(0));
  let requests = 0;
  const ask = async (request: Omit<LabRequest, "id">) => {
    const id = ++requests;
    const answer = answerOf(id);
    child.send({ id, ...request } satisfies LabRequest);
    return checked(await answer);
  };
  return {
    async run(name, runtime) {
      const { result } = await ask({ name, runtime });
      if (result === undefined) throw new Error(`the lab knows no attack "${name}"`);
      return result;
    },
    async check(name) {
      await ask({ name });
    },
    async close() {
      try {
        await ask({});
      } finally {
        await end(child);
      }
    },
  };
}

function checked(answer: LabAnswer): LabAnswer {
  if (answer.failure !== undefined) throw new Error(answer.failure);
  return answer;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.disconnect();
  await ended;
}
