import type { BundledRuntime } from "../../connect.ts";
import { isSandboxError } from "../../errors/index.ts";
import { isIsolationAtLeast, type ProgressEvent, type SandboxRuntime } from "../../runtime/index.ts";
import { type GlobalOptions, runtimeOptions } from "../options/global-options.ts";
import type { RuntimeReport, SelfTestReport } from "./doctor-report.ts";

/** Options of {@link examineRuntime}. */
export interface ExamineOptions {
  readonly globals: GlobalOptions;
  readonly runSelfTest: boolean;
  readonly image: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (event: ProgressEvent) => void;
}

/** Tries a runtime and, where it works, its self-test. */
export async function examineRuntime(name: BundledRuntime, options: ExamineOptions): Promise<RuntimeReport> {
  let runtime: SandboxRuntime;
  try {
    const { loadRuntime } = await import("../../connect.ts");
    runtime = await loadRuntime(name, runtimeOptions(options.globals));
  } catch (error) {
    if (isSandboxError(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const remedy = "Install the package again, with its optional dependencies.";
    return { runtime: name, available: false, reason: `Its code could not be loaded: ${message}`, remedy };
  }
  try {
    return await examine(runtime, options);
  } finally {
    await runtime.close();
  }
}

async function examine(runtime: SandboxRuntime, options: ExamineOptions): Promise<RuntimeReport> {
  const { name, capabilities } = runtime;
  const { isolation } = capabilities;
  const facts = { runtime: name, isolation, capabilities };
  const { minimumIsolation } = options.globals;
  if (minimumIsolation !== undefined && !isIsolationAtLeast(isolation, minimumIsolation)) {
    const reason = `Its isolation, ${isolation}, is weaker than the ${minimumIsolation} asked for.`;
    return { ...facts, available: false, reason, remedy: "Set up a stronger runtime, or ask for less." };
  }
  const probe = await runtime.probe({ signal: options.signal });
  options.signal.throwIfAborted();
  if (!probe.available) return { ...facts, ...probe };
  return { ...facts, ...probe, selfTest: await selfTestOf(runtime, options) };
}

async function selfTestOf(
  runtime: SandboxRuntime,
  { runSelfTest, ...options }: ExamineOptions,
): Promise<SelfTestReport> {
  if (!runSelfTest) return { status: "not_run", reason: "--no-self-test was given." };
  const [{ clientFor }, { selfTest }] = await Promise.all([
    import("../../sandbox/index.ts"),
    import("./self-test.ts"),
  ]);
  const client = clientFor(runtime, { keepRuntimeOpen: true });
  try {
    return await selfTest(client, options);
  } finally {
    await client.close();
  }
}
