import type { RuntimeCommand } from "../../src/runtime/index.ts";

/** Variables that shells treat as their own; `env` sets them instead. */
const shellsOwn =
  /^(OPTIND|PPID|UID|EUID|GROUPS|SHELLOPTS|BASHOPTS|LINENO|IFS|PS[0-9]|ENV|BASH_ENV|POSIXLY_CORRECT)$/;

/** A shell reads a line byte by byte: what is longer comes as arguments of a shell that is started for it. */
const longestLineBytes = 16 * 1024;

/** Signals that are for the command and must not end the shells around it. */
export const passedSignals = "HUP INT QUIT ALRM TERM USR1 USR2";

/**
 * Where the stdin of a command comes from: nowhere, the bytes that follow the line, or pieces that follow it, each after a line with
 * its length. A piece that was handed on is acknowledged: the vendor's agent serves nobody while it waits for a full pipe, so
 * it must never be given more than a pipe holds.
 */
export type StdinForm = "none" | "plain" | "paced";

/** What a waiting shell is told. */
export interface LaunchLine {
  /** One line, with its end. */
  readonly line: string;
  /** Arguments that the shell must have been started with; absent where the line holds all. */
  readonly args?: readonly string[];
}

/**
 * The line that makes a waiting shell run a command. Reports follow on stderr, each a NUL, `mark`, a space, a word and the end of the
 * line: the exit code at last; with paced stdin also `s` (started), `a` (a piece was handed on) and `x` (no more are taken). The program is
 * looked up in PATH and is never a builtin.
 */
export function launchLine(
  { argv, cwd, env }: Omit<RuntimeCommand, "stdin">,
  form: StdinForm,
  mark: string,
): LaunchLine {
  const variables = Object.entries(env);
  const assignment = ([name, value]: readonly [string, string]) => `${name}=${value}`;
  const report = (word: string, value = "") => `printf '\\000%s ${word}\\n' ${mark}${value} >&9`;
  const launch = (exports: string, words: string) => {
    const command = `(exec 2>&9 9>&-; cd ${quote(cwd)} || exit 126; unset OLDPWD; ${exports}exec ${words})`;
    const end = report("%d", " $?");
    if (form !== "paced") return `${command}${form === "none" ? " </dev/null" : ""}; ${end}\n`;
    const pieces = `while IFS= read -r __ctx_bytes; do head -c "$__ctx_bytes" || break; ${report("a")}; done; ${report("x")}`;
    const trap = `trap : ${passedSignals}`;
    return `{ ${trap}; ${pieces}; } | { ${trap}; ${report("s")}; ${command}; ${end}; }\n`;
  };
  const own = variables.filter(([name]) => shellsOwn.test(name)).map(assignment);
  const exports = variables
    .filter(([name]) => !shellsOwn.test(name))
    .map(([name, value]) => `export ${name}=${quote(value)}; `);
  const words = [...(own.length > 0 ? ["env", ...own] : []), ...argv];
  const line = launch(exports.join(""), words.map(quote).join(" "));
  if (Buffer.byteLength(line) <= longestLineBytes) return { line };
  const args = [...(variables.length > 0 ? ["env", ...variables.map(assignment)] : []), ...argv];
  return { line: launch("", '"$@"'), args };
}

/** A word of the shell's language that stands for the text, on one line. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll("\n", `'"$__ctx_newline"'`)}'`;
}
