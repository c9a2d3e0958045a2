import { Buffer } from "node:buffer";
import { type ByteString, type Command, latin1FromBytes } from "just-bash";
import { type PythonProgram, parsePythonArguments } from "./python-arguments.ts";
import { decodePythonOutput } from "./python-output.ts";
import { pythonRunner } from "./python-runner.ts";

type Context = Parameters<Command["execute"]>[1];
type Result = Awaited<ReturnType<Command["execute"]>>;

/** The command `python` or `python3`: the interpreter's own, driven so that programs run as CPython runs them. */
export function pythonCommand(name: string, onRunning: (running: boolean) => void): Command {
  return {
    name,
    trusted: true,
    async execute(args, context) {
      const original = context.origCommand;
      if (original === undefined) return failed(name, "the interpreter has no Python", 1);
      const parsed = parsePythonArguments(args);
      if ("show" in parsed) return await original([`--${parsed.show}`]);
      if ("problem" in parsed) return failed(name, parsed.problem, 2);
      const { program, unbuffered } = parsed;
      if (program.kind === "file" && !(await exists(program.name, context))) {
        const path = context.fs.resolvePath(context.cwd, program.name);
        return failed(name, `can't open file '${path}': [Errno 2] No such file or directory`, 2);
      }
      onRunning(true);
      try {
        const result = await original(["-c", runnerCode(program, unbuffered, context)]);
        return decodePythonOutput(name, result);
      } finally {
        onRunning(false);
      }
    },
  };
}

function exists(path: string, { fs, cwd }: Context): Promise<boolean> {
  return fs.exists(fs.resolvePath(cwd, path));
}

/** One line of Python: the interpreter indents every line that it is given. */
function runnerCode(program: PythonProgram, unbuffered: boolean, context: Context): string {
  const stdinIsProgram = program.kind === "stdin";
  const job = {
    kind: stdinIsProgram ? "code" : program.kind,
    name: program.kind === "code" ? "<string>" : stdinIsProgram ? "<stdin>" : program.name,
    source: stdinIsProgram ? utf8Of(context.stdin) : program.kind === "code" ? program.source : "",
    argv: program.argv,
    env: { ...context.exportedEnv },
    unbuffered,
    stdinIsProgram,
  };
  const encoded = (text: string) => Buffer.from(text).toString("base64");
  return `import base64 as _b, json as _j; _n = {}; exec(_b.b64decode("${encoded(pythonRunner)}"), _n); _n["run"](_j.loads(_b.b64decode("${encoded(JSON.stringify(job))}")))`;
}

function utf8Of(stdin: ByteString): string {
  return Buffer.from(latin1FromBytes(stdin), "latin1").toString("utf8");
}

function failed(name: string, problem: string, exitCode: number): Result {
  return { stdout: "", stderr: `${name}: ${problem}\n`, exitCode };
}
