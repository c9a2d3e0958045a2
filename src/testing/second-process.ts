import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type ErrorCode, errorCodes, SandboxError } from "../errors/index.ts";
import { within } from "./expectations.ts";
import type { StepInput, StepName, StepOutput } from "./second-process-steps.ts";

/** Another process of the host, with a client of its own. */
export interface SecondProcess {
  readonly pid: number;
  /** Has it do one step; rejects with the error that the step met there. */
  do<Name extends StepName>(step: Name, input: StepInput<Name>): Promise<StepOutput<Name>>;
  /** Ends it with SIGKILL, so that it can clean up nothing; resolves when it is gone. Idempotent. */
  kill(): Promise<void>;
}

/** Longest start of a second process: it only loads modules. */
const startMs = 45_000;

type Answer = { id?: number; value?: unknown; error?: { code?: string; message: string } };

/** Starts a process whose runtime is made by the module's `createRuntime`. */
export async function startSecondProcess(
  module: string | URL,
  image: string | undefined,
): Promise<SecondProcess> {
  // The entry has the extension of this file: .ts in the source tree, .js in the package.
  const entry = new URL(
    import.meta.url.endsWith(".ts") ? "./second-process-entry.ts" : "./second-process-entry.js",
    import.meta.url,
  );
  const url =
    module instanceof URL || module.startsWith("file:") ? String(module) : pathToFileURL(module).href;
  const child = spawn(
    process.execPath,
    [fileURLToPath(entry), url, ...(image === undefined ? [] : [image])],
    {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    },
  );
  let complaints = "";
  child.stderr?.on("data", (data) => {
    complaints += data;
  });
  const ended = once(child, "exit");
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  const waiting = collectAnswers(child, () => `the second process ended: ${complaints}`);
  const started = Promise.race([
    once(child, "message"),
    ended.then(() => assert.fail(`the second process ended at once: ${complaints}`)),
  ]);
  try {
    await within(startMs, "the start of the second process", started);
  } catch (error) {
    await kill();
    throw error;
  }
  let lastId = 0;
  return {
    pid: child.pid ?? 0,
    kill,
    async do(step, input) {
      lastId += 1;
      const answer = new Promise<never>((resolve, reject) => waiting.set(lastId, { resolve, reject }));
      child.send({ id: lastId, step, input: input ?? null });
      return await answer;
    },
  };
}

type Waiting = Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>;

function collectAnswers(child: ChildProcess, explain: () => string): Waiting {
  const waiting: Waiting = new Map();
  child.on("message", ({ id, value, error }: Answer) => {
    const call = waiting.get(id ?? 0);
    waiting.delete(id ?? 0);
    if (error === undefined) call?.resolve(value as never);
    else call?.reject(asError(error));
  });
  child.on("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error(explain()));
  });
  return waiting;
}

function asError({ code, message }: { code?: string; message: string }): Error {
  return code !== undefined && code in errorCodes
    ? new SandboxError(code as ErrorCode, message)
    : new Error(message);
}
