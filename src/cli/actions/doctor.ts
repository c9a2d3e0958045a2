import { z } from "zod";
import type { BundledRuntime } from "../../connect.ts";
import { errorCodes } from "../../errors/index.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import type { DoctorReport, RuntimeReport } from "../doctor/doctor-report.ts";
import { examineRuntime } from "../doctor/examine-runtime.ts";
import { renderReport } from "../doctor/render-report.ts";
import { runtimeNames } from "../options/global-options.ts";
import { parseOptions } from "../options/parse-options.ts";

const schema = z.object({
  selfTest: z.boolean().default(true),
  image: z.string().optional(),
});

/** `doctor`: what works here, and what it enforces. */
export async function doctor(
  context: ActionContext,
  { options }: { readonly options: RawOptions },
): Promise<number> {
  const { console, globals, signal } = context;
  const { selfTest: runSelfTest, image } = parseOptions(schema, options);
  const runtimes: RuntimeReport[] = [];
  for (const name of runtimesToExamine(globals.runtime)) {
    if (runSelfTest) console.note(`examining ${name}`);
    const { onProgress } = console;
    runtimes.push(await examineRuntime(name, { globals, runSelfTest, image, signal, onProgress }));
  }
  const exitCode = exitCodeFor(runtimes);
  const report: DoctorReport = { ok: exitCode === 0, runtimes };
  await (console.json ? console.printJson(report) : console.write(renderReport(report, console.style)));
  return exitCode;
}

function runtimesToExamine(asked: (typeof runtimeNames)[number]): readonly BundledRuntime[] {
  return asked === "auto" ? runtimeNames.filter((name) => name !== "auto") : [asked];
}

function exitCodeFor(runtimes: readonly RuntimeReport[]): number {
  if (!runtimes.some(({ available }) => available)) return errorCodes.unavailable.exitCode;
  const failed = runtimes.some((report) => report.available && report.selfTest.status === "failed");
  return failed ? errorCodes.runtime_error.exitCode : 0;
}
