import type { CheckTarget } from "./check.ts";

/** The fields of /proc/self/status of a command in the sandbox; see proc(5). */
export async function processStatus({ sandbox, signal }: CheckTarget): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await sandbox.exec("cat", ["/proc/self/status"], {
    signal,
    timeoutMs: 30_000,
    check: true,
  });
  return new Map(
    stdout.split("\n").map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trim()];
    }),
  );
}
