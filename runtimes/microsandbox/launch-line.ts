import type { RuntimeCommand } from "../../src/runtime/index.ts";

/** Variables that shells treat as their own; `env` sets them instead. */
const shellsOwn =
  /^(OPTIND|PPID|UID|EUID|GROUPS|SHELLOPTS|BASHOPTS|LINENO|IFS|PS[0-9]|ENV|BASH_ENV|POSIXLY_CORRECT)$/;

/** A shell reads a line byte by byte: what is longer comes as arguments of a shell that is started for it. */
const longestLineBytes = 16 * 1024;

/** What a waiting shell is told. */
export interface LaunchLine {
  /** One line, with its end. */
  readonly line: string;
  /** Arguments that the shell must have been started with; absent where the line holds all. */
  readonly args?: readonly string[];
}

/**
 * The line that makes a waiting shell run a command. When the command has ended, a NUL, `mark` and the exit code follow on stderr.
 * The program is looked up in PATH and is never a builtin.
 */
export function launchLine({ argv, cwd, env, stdin }: RuntimeCommand, mark: string): LaunchLine {
  const variables = Object.entries(env);
  const assignment = ([name, value]: readonly [string, string]) => `${name}=${value}`;
  const launch = (exports: string, words: string) =>
    `(exec 2>&9 9>&-; cd ${quote(cwd)} || exit 126; unset OLDPWD; ${exports}exec ${words})${stdin === "pipe" ? "" : " </dev/null"}; ` +
    `printf '\\000%s %d\\n' ${mark} $? >&9\n`;
  const own = variables.filter(([name]) => shellsOwn.test(name)).map(assignment);
  const exports = variables
    .filter(([name]) => !shellsOwn.test(name))
    .map(([name, value]) => `export ${name}=${quote(value)}; `);
  const words = [...(own.length > 0 ? ["env", ...own] : []), ...argv];
  const line = launch(exports.join(""), words.map(quote).join(" "));
  if (Buffer.byteLength(line) - mark.length <= longestLineBytes) return { line };
  const args = [...(variables.length > 0 ? ["env", ...variables.map(assignment)] : []), ...argv];
  return { line: launch("", '"$@"'), args };
}

/** A word of the shell's language that stands for the text, on one line. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll("\n", `'"$__ctx_newline"'`)}'`;
}
