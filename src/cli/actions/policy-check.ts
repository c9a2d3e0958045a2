import { errorCodes, isSandboxError, type Violation } from "../../errors/index.ts";
import { checkEnforceable, loadPolicyFile, type PolicyProblem, resolvePolicy } from "../../policy/index.ts";
import type { ActionContext } from "../action.ts";
import { dockerOptions, type GlobalOptions } from "../options/global-options.ts";
import { printable } from "../output/printable.ts";

/** `policy check`: every problem of a policy file, each on a line as a compiler tells it. */
export async function checkPolicy(
  { console, globals }: ActionContext,
  { file }: { readonly file: string },
): Promise<number> {
  const problems = await problemsOf(file, globals);
  const ok = problems.length === 0;
  if (console.json) await console.printJson({ ok, file, problems });
  else if (ok) await console.write(console.quiet ? "" : `${printable(file)}: no problems\n`);
  else await console.write(problems.map((problem) => `${lineOf(file, problem)}\n`).join(""));
  return ok ? 0 : errorCodes.unsupported.exitCode;
}

async function problemsOf(file: string, globals: GlobalOptions): Promise<readonly PolicyProblem[]> {
  try {
    const document = await loadPolicyFile(file);
    if (globals.runtime === "auto") return [];
    const { loadRuntime } = await import("../../connect.ts");
    const runtime = await loadRuntime(globals.runtime, { docker: dockerOptions(globals) });
    try {
      // Who no profile matches gets the most, so what holds for them is what the runtime must be able to enforce.
      const violations = checkEnforceable(resolvePolicy({ ...document, requireProfile: false }), runtime);
      return violations.map(asProblem);
    } finally {
      await runtime.close();
    }
  } catch (error) {
    if (!isSandboxError(error, "invalid_argument") || !Array.isArray(error.data.problems)) throw error;
    return error.data.problems as PolicyProblem[];
  }
}

function asProblem({ field, message, suggestion }: Violation): PolicyProblem {
  return { path: field, message: suggestion === undefined ? message : `${message} ${suggestion}` };
}

function lineOf(file: string, { path, message, line, column }: PolicyProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return printable(`${place}: ${path === "" ? "" : `${path} `}${message}`);
}
