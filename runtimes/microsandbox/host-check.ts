import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { vendorEnvironment } from "./sdk.ts";

/** Why a thing does not work, and what to do about it. */
export interface Problem {
  readonly reason: string;
  readonly remedy: string;
}

const deadlineMs = 4_000;

/** The platforms that the vendor's package has a part for. */
const platforms = ["linux x64", "linux arm64", "darwin arm64", "win32 x64", "win32 arm64"];

/** Why the vendor's package can have no part that loads here; undefined when it has one. */
export function platformProblem(): Problem | undefined {
  const platform = `${process.platform} ${process.arch}`;
  const remedy = "Use the docker runtime.";
  if (!platforms.includes(platform)) return { reason: `microsandbox does not run on ${platform}.`, remedy };
  if (process.platform === "linux" && !isGlibc()) {
    return { reason: "microsandbox needs glibc, and this system has another C library.", remedy };
  }
  return undefined;
}

function isGlibc(): boolean {
  // Without this a report looks up the names of all that the process is connected to.
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean };
  const { excludeNetwork } = report;
  report.excludeNetwork = true;
  const { header } = report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  report.excludeNetwork = excludeNetwork;
  return header?.glibcVersionRuntime !== undefined;
}

/** `usable`, or the code of the error that its use ends with. */
export async function kvmAccess(): Promise<string> {
  return await access("/dev/kvm", constants.R_OK | constants.W_OK).then(
    () => "usable",
    (error: NodeJS.ErrnoException) => error.code ?? "unusable",
  );
}

/**
 * What is wrong with the host in the words of the vendor's program: no virtualisation, no access to it, a part of its own missing. It is asked where
 * nothing tells at once that all is well.
 */
export async function hostProblem(
  program: string,
  home: string,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  return (await looksWell()) ? undefined : await askDoctor(program, home, signal);
}

/** Without these flags a processor has no hardware virtualisation, and /dev/kvm, if there is one, boots no usual kernel. */
async function looksWell(): Promise<boolean> {
  if (process.platform !== "linux" || (await kvmAccess()) !== "usable") return false;
  const processor = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  return process.arch !== "x64" || /^flags\b.*\b(vmx|svm)\b/m.test(processor);
}

function askDoctor(program: string, home: string, signal: AbortSignal): Promise<Problem | undefined> {
  const options = {
    env: vendorEnvironment(home),
    timeout: deadlineMs,
    killSignal: "SIGKILL",
    signal,
  } as const;
  return new Promise((resolve) => {
    execFile(program, ["doctor"], options, (error, stdout, stderr) => {
      resolve(error === null ? undefined : problemIn(`${stderr}\n${stdout}`, error));
    });
  });
}

/** `error: what` stands on one line, with arrows before the reasons and remedies on the next. */
function problemIn(words: string, error: Error): Problem {
  const lines = words.split("\n").map((line) => line.trim());
  const start = lines.findIndex((line) => line.startsWith("error:"));
  const what = lines[start]?.slice("error:".length).trim();
  if (!what) {
    const reason = `The program msb of microsandbox does not work (${error.message.split("\n", 1)[0]}).`;
    return { reason, remedy: "Run it by hand: npx msb doctor" };
  }
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => !line.startsWith("→"));
  const hints = rest.slice(0, end < 0 ? rest.length : end).map((line) => line.replace(/^→\s*(fix:)?\s*/, ""));
  const [why = "", ...remedies] = hints;
  const remedy = remedies.join("; ") || "run npx msb doctor";
  return { reason: `${what}: ${why}.`, remedy: `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.` };
}
