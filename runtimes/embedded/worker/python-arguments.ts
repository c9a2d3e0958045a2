/** The program that a call of `python` asks for. */
export type PythonProgram =
  | { readonly kind: "code"; readonly source: string; readonly argv: readonly string[] }
  | { readonly kind: "module"; readonly name: string; readonly argv: readonly string[] }
  | { readonly kind: "file"; readonly name: string; readonly argv: readonly string[] }
  | { readonly kind: "stdin"; readonly argv: readonly string[] };

/** A call of `python`, understood. */
export type PythonArguments =
  | { readonly unbuffered: boolean; readonly program: PythonProgram }
  | { readonly show: "help" | "version" }
  | { readonly problem: string };

const plainFlags = /^-[bBdEiIOPqRsSuvx?]+$/;
const withCode = /^-[bBdEiIOPqRsSuvx]*c$/;
const withModule = /^-[bBdEiIOPqRsSuvx]*m$/;

/** Understands the arguments as CPython does; flags without a meaning here are passed over. */
export function parsePythonArguments(args: readonly string[]): PythonArguments {
  let unbuffered = false;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    const next = args[index + 1];
    const rest = args.slice(index + 2);
    if (arg === "-h" || arg === "--help") return { show: "help" };
    if (arg === "--version" || /^-V+$/.test(arg)) return { show: "version" };
    if (withCode.test(arg) || withModule.test(arg)) {
      unbuffered ||= arg.includes("u");
      const letter = arg.slice(-1);
      if (next === undefined) return { problem: `Argument expected for the -${letter} option` };
      const program: PythonProgram =
        letter === "c"
          ? { kind: "code", source: next, argv: ["-c", ...rest] }
          : { kind: "module", name: next, argv: ["-m", ...rest] };
      return { unbuffered, program };
    }
    if (arg === "-W" || arg === "-X" || arg === "--check-hash-based-pycs") {
      index += 1;
    } else if (plainFlags.test(arg)) {
      unbuffered ||= arg.includes("u");
    } else if (arg === "--") {
      return { unbuffered, program: fileOrStdin(args.slice(index + 1)) };
    } else if (arg === "-" || !arg.startsWith("-")) {
      return { unbuffered, program: fileOrStdin(args.slice(index)) };
    } else if (!/^-[WX]/.test(arg)) {
      return { problem: `Unknown option: ${arg}` };
    }
  }
  return { unbuffered, program: { kind: "stdin", argv: [""] } };
}

function fileOrStdin(args: readonly string[]): PythonProgram {
  const [name] = args;
  if (name === undefined) return { kind: "stdin", argv: [""] };
  return name === "-" ? { kind: "stdin", argv: args } : { kind: "file", name, argv: args };
}
