import type { RuntimeProcess } from "../../runtime/index.ts";
import type { OperationEntry, OperationRecorder } from "./operation-recorder.ts";
import { overProcess } from "./over-runtime.ts";

/** A command of the library's own that writes a file, recorded as the write that it is, with the bytes that were sent. */
export function auditWrite(
  process: RuntimeProcess,
  entry: Omit<OperationEntry, "detail"> & { readonly detail: Readonly<Record<string, unknown>> },
  recorder: OperationRecorder,
): RuntimeProcess {
  const startedAt = performance.now();
  let bytes = 0;
  const told = () => ({ ...entry, detail: { ...entry.detail, bytes } });
  const watch = async () => {
    const exit = await process.wait().catch(async (error: unknown) => {
      await recorder.failed(told(), error, performance.now() - startedAt);
      throw error;
    });
    const durationMs = Math.round((performance.now() - startedAt) * 100) / 100;
    await recorder.record({ ...told(), outcome: exit.exitCode === 0 ? "ok" : "failed", durationMs });
    return exit;
  };
  const exit = watch();
  exit.catch(() => {});
  return overProcess(process, {
    writeStdin: async (data) => {
      await process.writeStdin(data);
      bytes += data.length;
    },
    wait: () => exit,
  });
}
