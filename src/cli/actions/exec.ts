import { z } from "zod";
import type { SandboxHandle } from "../../sandbox/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { defaultTimeoutMs, reportCommandEnd } from "../command-end.ts";
import { withSharedClient } from "../open-client.ts";
import { parseEnvironment } from "../options/assignments.ts";
import { timeoutAsMs } from "../options/number-options.ts";
import { parseOptions } from "../options/parse-options.ts";
import type { CliConsole } from "../output/cli-console.ts";
import { resultDocument } from "../output/result-document.ts";

/** What `exec` was given. */
export interface ExecInput {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly options: RawOptions;
}

const schema = z.object({
  timeout: timeoutAsMs().default(defaultTimeoutMs),
  cwd: z.string().optional(),
  env: z.array(z.string()).readonly().optional(),
  user: z.string().optional(),
  interactive: z.boolean().default(false),
});

/** `exec`: a program in an existing sandbox. */
export async function exec(context: ActionContext, { name, argv, options: raw }: ExecInput): Promise<number> {
  const { console, signal } = context;
  const { timeout: timeoutMs, cwd, env, user, interactive } = parseOptions(schema, raw);
  const [program, ...args] = argv;
  const options = withoutUndefined({
    timeoutMs,
    cwd,
    env: env && parseEnvironment(env),
    user,
    signal,
    stdin: interactive ? process.stdin : "",
  });
  return await withSharedClient(context, async (client) => {
    const sandbox = await client.get(name, { signal });
    if (!console.json) {
      return reportCommandEnd(
        console,
        await passThrough(console, sandbox, program, args, options),
        timeoutMs,
      );
    }
    const result = await sandbox.exec(program, args, options);
    await console.printJson(resultDocument(result, client.runtime, name));
    return reportCommandEnd(console, result, timeoutMs);
  });
}

type SpawnParameters = Parameters<SandboxHandle["spawn"]>;

/** Runs the program with its bytes unchanged; a slow reader of ours slows it down. */
async function passThrough(
  console: CliConsole,
  sandbox: SandboxHandle,
  program: SpawnParameters[0],
  args: SpawnParameters[1],
  options: SpawnParameters[2],
) {
  const child = await sandbox.spawn(program, args, options);
  try {
    for await (const { stream, data } of child.output) {
      await (stream === "stdout" ? console.write(data) : console.writeError(data));
    }
  } catch (error) {
    // Its output breaks off first; only then its processes are killed, which must be done before we leave.
    await child.wait().catch(() => {});
    throw error;
  }
  return await child.wait();
}
