import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { PassThrough, type Readable } from "node:stream";
import type { OutputChunk, ProcessExit, RuntimeCommand, RuntimeProcess } from "../../../src/runtime/index.ts";
import type { PosixRun } from "../../../src/runtime/posix/index.ts";

/** Options of {@link localRun}. */
export interface LocalRunOptions {
  /** Where programs are looked up. @default this process's */
  readonly path?: string;
  /** Run as this user. */
  readonly uid?: number;
  /** Sees every process that is started. */
  readonly onStart?: (process: RuntimeProcess, pid: number) => void;
}

/** Runs commands on this machine as a runtime would in a sandbox: a process group of its own, exact bytes, back-pressure. */
export function localRun({ path = process.env.PATH ?? "", uid, onStart }: LocalRunOptions = {}): PosixRun {
  return async (command: RuntimeCommand) => {
    const [program, ...args] = command.argv;
    const child = spawn(program, args, {
      cwd: command.cwd,
      env: { PATH: path, ...command.env },
      stdio: [command.stdin === "pipe" ? "pipe" : "ignore", "pipe", "pipe"],
      detached: true,
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    await once(child, "spawn");
    const { stdin, stdout, stderr, pid } = child;
    if (stdout === null || stderr === null || pid === undefined) throw new Error("The command has no pipes.");
    stdin?.on("error", () => {});

    const exited = new Promise<ProcessExit>((resolve) => {
      child.once("exit", (code, signal) => {
        const number = signal === null ? 0 : constants.signals[signal];
        resolve({ exitCode: code ?? 128 + number, ...(signal === null ? {} : { signal }), oomKilled: false });
      });
    });
    const running: RuntimeProcess = {
      id: String(pid),
      output: merge(stdout, stderr),
      writeStdin: async (data) => {
        if (stdin === null || stdin.destroyed) return;
        await Promise.race([new Promise<void>((resolve) => stdin.write(data, () => resolve())), exited]);
      },
      closeStdin: async () => {
        stdin?.end();
      },
      kill: async (signal) => {
        try {
          process.kill(-pid, signal);
        } catch {
          // Nothing is left.
        }
      },
      wait: () => exited,
    };
    onStart?.(running, pid);
    return running;
  };
}

async function* merge(stdout: Readable, stderr: Readable): AsyncGenerator<OutputChunk, void, undefined> {
  const merged = new PassThrough({ objectMode: true, highWaterMark: 4 });
  let open = 2;
  for (const [stream, source] of [["stdout", stdout] as const, ["stderr", stderr] as const]) {
    source.on("data", (data: Buffer) => {
      if (merged.write({ stream, data })) return;
      source.pause();
      merged.once("drain", () => source.resume());
    });
    source.once("close", () => {
      open -= 1;
      if (open === 0) merged.end();
    });
  }
  try {
    yield* merged;
  } finally {
    stdout.destroy();
    stderr.destroy();
  }
}
