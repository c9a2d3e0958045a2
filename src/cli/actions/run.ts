import { z } from "zod";
import type { OneShotOptions } from "../../sandbox/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { defaultTimeoutMs, reportCommandEnd } from "../command-end.ts";
import { withClient } from "../open-client.ts";
import { timeoutAsMs } from "../options/number-options.ts";
import { invalidOption, parseOptions } from "../options/parse-options.ts";
import { parseSandboxOptions } from "../options/sandbox-options.ts";
import { resultDocument } from "../output/result-document.ts";
import { readSource } from "../read-source.ts";

/** What `run` was given. */
export interface RunInput {
  readonly language: string;
  readonly code: string | undefined;
  readonly options: RawOptions;
}

const schema = z.object({
  file: z.string().optional(),
  timeout: timeoutAsMs().default(defaultTimeoutMs),
  cwd: z.string().optional(),
  stdin: z.boolean().default(false),
});

/** `run`: one piece of code in a sandbox of its own. */
export async function run(context: ActionContext, input: RunInput): Promise<number> {
  const { console, globals, signal } = context;
  const language = parseLanguage(input.language);
  const { file, timeout: timeoutMs, cwd, stdin } = parseOptions(schema, input.options);
  const spec = parseSandboxOptions(input.options);
  const code = await readSource({ code: input.code, file, stdin, signal });
  const options: OneShotOptions = withoutUndefined({
    ...spec,
    minimumIsolation: globals.minimumIsolation,
    cwd,
    timeoutMs,
    signal,
    stdin: stdin ? process.stdin : undefined,
    onProgress: console.onProgress,
    ...(console.json ? {} : { onStdout: console.write, onStderr: console.writeError }),
  });
  return await withClient(context, async (client) => {
    const result =
      language === "python" ? await client.runPython(code, options) : await client.runShell(code, options);
    if (console.json) await console.printJson(resultDocument(result, client.runtime));
    return reportCommandEnd(console, result, timeoutMs);
  });
}

function parseLanguage(text: string): "python" | "shell" {
  if (text !== "python" && text !== "shell")
    throw invalidOption("The language", text, "one of python, shell");
  return text;
}
