/** Where the script of a shell comes from. */
export type ScriptSource =
  | { readonly from: "text"; readonly text: string }
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "stdin" };

/** A call of `sh` or `bash`, understood. */
export interface ShellInvocation {
  readonly source: ScriptSource;
  /** Commands that set the shell's options, such as `set -e; `; empty or ended so that a script can follow. */
  readonly prelude: string;
  readonly zero: string;
  readonly args: readonly string[];
}

const shells = /^(?:\/bin\/|\/usr\/bin\/)?(?:sh|bash)$/;
const flagsOfSet = /[efnuvxaC]/g;
const knownFlags = /^-[a-zA-Z]+$/;
const optionName = /^[a-z]+$/;
const ignoredOptions = new Set(["--login", "--noprofile", "--norc", "--posix", "--noediting"]);

/** The call, `undefined` for other programs, or the option that no shell here has. */
export function parseShellInvocation(
  argv: readonly string[],
): ShellInvocation | { readonly unknownOption: string } | undefined {
  const [program = "", ...rest] = argv;
  if (!shells.test(program)) return undefined;
  let prelude = "";
  let takesText = false;
  let takesStdin = false;
  let index = 0;
  for (; index < rest.length; index++) {
    const option = rest[index] ?? "";
    if (option === "--" || option === "-") {
      index += 1;
      break;
    }
    if (ignoredOptions.has(option)) continue;
    if (option.startsWith("--")) return { unknownOption: option };
    if (!option.startsWith("-")) break;
    if (!knownFlags.test(option)) return { unknownOption: option };
    const flags = (option.match(flagsOfSet) ?? []).join("");
    if (flags !== "") prelude += `set -${flags}; `;
    if (option.includes("o")) {
      index += 1;
      const name = rest[index] ?? "";
      if (!optionName.test(name)) return { unknownOption: name };
      prelude += `set -o ${name}; `;
    }
    takesText ||= option.includes("c");
    takesStdin ||= option.includes("s");
  }
  const [first, ...args] = rest.slice(index);
  if (takesText) {
    if (first === undefined) return { unknownOption: "-c" };
    return { source: { from: "text", text: first }, prelude, zero: args[0] ?? program, args: args.slice(1) };
  }
  if (takesStdin || first === undefined) {
    return {
      source: { from: "stdin" },
      prelude,
      zero: program,
      args: first === undefined ? [] : [first, ...args],
    };
  }
  return { source: { from: "file", path: first }, prelude, zero: first, args };
}
