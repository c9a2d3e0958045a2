import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { ProcessExit, RuntimeProcess } from "../../runtime/index.ts";
import { passThrough } from "../../util/pass-through.ts";
import type { OperationRecorder } from "./operation-recorder.ts";
import { overProcess } from "./over-runtime.ts";

/** How long the record of an end waits for output that is being read, to count it. */
const countingPatienceMs = 100;

/** A process whose signals and end are recorded. The end is recorded also when nobody waits for it. */
export function auditProcess(
  sandbox: string,
  process: RuntimeProcess,
  recorder: OperationRecorder,
  startedAt: number,
): RuntimeProcess {
  const bytes = { stdout: 0, stderr: 0 };
  let isBeingRead = false;
  const allRead = Promise.withResolvers<void>();

  async function watch(): Promise<ProcessExit> {
    const entry = { type: "exec.finished", sandbox } as const;
    let exit: ProcessExit;
    try {
      exit = await process.wait();
    } catch (error) {
      await recorder.failed(
        { ...entry, detail: { process: process.id } },
        error,
        performance.now() - startedAt,
      );
      throw error;
    }
    // Who was just given the process has not begun to read yet.
    await turn();
    if (isBeingRead)
      await Promise.race([allRead.promise, sleep(countingPatienceMs, undefined, { ref: false })]);
    const { exitCode, signal, oomKilled, timedOut } = exit;
    await recorder.record({
      ...entry,
      durationMs: Math.round((performance.now() - startedAt) * 100) / 100,
      detail: {
        process: process.id,
        exitCode,
        ...(signal && { signal }),
        ...(oomKilled && { oomKilled }),
        ...(timedOut && { timedOut }),
        stdoutBytes: bytes.stdout,
        stderrBytes: bytes.stderr,
      },
    });
    return exit;
  }

  const exit = watch();
  exit.catch(() => {});
  const output = passThrough(
    process.output,
    (chunk) => {
      bytes[chunk.stream] += chunk.data.length;
      return chunk;
    },
    {
      onBegin: () => {
        isBeingRead = true;
      },
      onOver: allRead.resolve,
    },
  );
  return overProcess(process, {
    output,
    kill: async (signal) => {
      await process.kill(signal);
      await recorder.record({ type: "exec.signalled", sandbox, detail: { process: process.id, signal } });
    },
    wait: () => exit,
  });
}
