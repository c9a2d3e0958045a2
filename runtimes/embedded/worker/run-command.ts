import type { Bash, BashOptions, ExecOptions, IFileSystem } from "just-bash";
import { joinBytes } from "../../../src/util/join-bytes.ts";
import { CapturedOutput, exactStdoutPath } from "./captured-output.ts";
import { keepExactOutput } from "./keep-exact-output.ts";
import { longScriptLength, parseLongScript } from "./parse-long-script.ts";
import { parseShellInvocation, type ShellInvocation } from "./shell-invocation.ts";
import type { WorkerCommand } from "./worker-protocol.ts";

/** What the commands of a thread share. */
export interface CommandTools {
  /** Makes a shell in its initial state. */
  createBash(options: BashOptions): Bash;
  createFileSystem(output: CapturedOutput): IFileSystem;
}

/** How a command ended, and all that it printed. */
export interface CommandResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly exitCode: number;
}

const defaultEnv = {
  HOME: "/workspace",
  USER: "user",
  LOGNAME: "user",
  SHELL: "/bin/sh",
  LANG: "C.UTF-8",
};

/** Runs one command to its end. Never throws: what goes wrong is said on stderr. */
export async function runCommand(tools: CommandTools, command: WorkerCommand): Promise<CommandResult> {
  const output = new CapturedOutput();
  const fileSystem = tools.createFileSystem(output);
  const bash = tools.createBash({
    fs: fileSystem,
    cwd: command.cwd,
    env: { ...defaultEnv, ...command.env },
  });
  try {
    const run = await planRun(command, fileSystem);
    if ("failure" in run) return textResult("", run.failure, run.exitCode, output);
    const isLong = run.script.length > longScriptLength;
    if (run.isScript) {
      bash.registerTransformPlugin({
        name: "script",
        transform: ({ ast }) => ({ ast: isLong ? parseLongScript(run.script) : keepExactOutput(ast) }),
      });
    }
    const { stdout, stderr, exitCode } = await bash.exec(isLong && run.isScript ? ":" : run.script, {
      rawScript: true,
      stdin: run.readsStdin ? latin1(command.stdin) : "",
      stdinKind: "bytes",
      ...run.options,
    });
    return textResult(stdout, stderr, exitCode, output);
  } catch (error) {
    return textResult("", `sh: ${error instanceof Error ? error.message : String(error)}\n`, 1, output);
  }
}

type Run =
  | { readonly failure: string; readonly exitCode: number }
  | {
      readonly script: string;
      readonly options: ExecOptions;
      readonly isScript: boolean;
      readonly readsStdin: boolean;
    };

async function planRun(command: WorkerCommand, fileSystem: IFileSystem): Promise<Run> {
  const shell = parseShellInvocation(command.argv);
  if (shell === undefined) {
    const [program = "", ...args] = command.argv;
    const script = `${quoted(program)} >> ${exactStdoutPath}`;
    return { script, options: { args }, isScript: false, readsStdin: true };
  }
  if ("unknownOption" in shell) {
    return { failure: `sh: ${shell.unknownOption}: invalid option\n`, exitCode: 2 };
  }
  const { source, prelude } = shell;
  if (source.from === "text") return scriptRun(shell, prelude + source.text, true);
  if (source.from === "stdin") {
    return scriptRun(shell, prelude + Buffer.from(command.stdin).toString("utf8"), false);
  }
  try {
    const path = fileSystem.resolvePath(command.cwd, source.path);
    return scriptRun(shell, prelude + (await fileSystem.readFile(path)), true);
  } catch {
    return { failure: `sh: ${source.path}: No such file or directory\n`, exitCode: 127 };
  }
}

function scriptRun({ zero, args }: ShellInvocation, script: string, readsStdin: boolean): Run {
  const all = args.join(" ");
  const numbered = args.map((arg, index) => [String(index + 1), arg]);
  const env = { ...Object.fromEntries(numbered), 0: zero, "#": String(args.length), "@": all, "*": all };
  return { script, options: { env }, isScript: true, readsStdin };
}

/** A word that the shell takes as it is, and never for a keyword or an assignment. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function textResult(stdout: string, stderr: string, exitCode: number, output: CapturedOutput): CommandResult {
  return {
    stdout: joinBytes([...output.stdout, Buffer.from(stdout)]),
    stderr: joinBytes([...output.stderr, Buffer.from(stderr)]),
    exitCode: exitCode & 255,
  };
}
