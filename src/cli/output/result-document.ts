import type { ExecResult, RuntimeFacts } from "../../sandbox/index.ts";

/** What --json shows of a finished command. */
export function resultDocument(result: ExecResult, { name, isolation }: RuntimeFacts, sandbox?: string) {
  const { output: _output, running: _running, ...fields } = result;
  return { ...fields, runtime: name, isolation, ...(sandbox === undefined ? {} : { sandbox }) };
}
