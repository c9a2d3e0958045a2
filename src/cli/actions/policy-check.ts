import { errorCodes, isSandboxError } from "../../errors/index.ts";
import {
  type CapableRuntime,
  checkEnforceable,
  enforcementProblems,
  openPolicyFile,
  type PolicyFile,
  type PolicyProblem,
  type ProfileDocument,
  resolvePolicy,
} from "../../policy/index.ts";
import type { ActionContext } from "../action.ts";
import { type GlobalOptions, runtimeOptions } from "../options/global-options.ts";
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
    const policyFile = await openPolicyFile(file);
    if (globals.runtime === "auto") return [];
    const { loadRuntime } = await import("../../connect.ts");
    const runtime = await loadRuntime(globals.runtime, runtimeOptions(globals));
    try {
      return unenforceable(policyFile, runtime);
    } finally {
      await runtime.close();
    }
  } catch (error) {
    if (!isSandboxError(error, "invalid_argument") || !Array.isArray(error.data.problems)) throw error;
    return error.data.problems as PolicyProblem[];
  }
}

/** What the runtime cannot enforce of the document, and of each profile by itself. */
function unenforceable(file: PolicyFile, runtime: CapableRuntime): readonly PolicyProblem[] {
  const { document } = file;
  const anybody = { tenant: "*" };
  const alone = (profiles: readonly ProfileDocument[]) => {
    const policy = resolvePolicy({ ...document, profiles, requireProfile: false }, { tenant: "anybody" });
    return enforcementProblems(policy, checkEnforceable(policy, runtime), file);
  };
  const problems = [
    alone([]),
    ...(document.profiles ?? []).map((profile) => alone([{ ...profile, match: anybody }])),
  ];
  return [...new Map(problems.flat().map((problem) => [problem.path, problem])).values()];
}

function lineOf(file: string, { path, message, line, column }: PolicyProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return printable(`${place}: ${path === "" ? "" : `${path} `}${message}`);
}
