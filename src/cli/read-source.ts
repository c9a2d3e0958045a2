import { readFile } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { buffer } from "node:stream/consumers";
import { SandboxError } from "../errors/index.ts";

/** Where code can come from. */
export interface SourceOptions {
  readonly code: string | undefined;
  readonly file: string | undefined;
  /** Whether stdin is promised to the code. */
  readonly stdin: boolean;
  /** Ends the wait for stdin. */
  readonly signal: AbortSignal;
}

/** The code to run: the argument, a file, or stdin. */
export async function readSource({ code, file, stdin, signal }: SourceOptions): Promise<string> {
  if (file !== undefined) {
    if (code !== undefined) throw usage("Give the code as an argument or with --file, not both.", "--file");
    return decode(await readCodeFile(file), `The file ${JSON.stringify(file)}`);
  }
  if (code !== undefined && code !== "-") return code;
  if (stdin)
    throw usage("--stdin needs the code as an argument or with --file, because stdin goes to it.", "--stdin");
  if (process.stdin.isTTY && code === undefined) {
    throw usage("There is no code to run: give it as an argument, with --file, or on stdin.", "code");
  }
  return decode(await buffer(addAbortSignal(signal, process.stdin)), "The code on stdin");
}

async function readCodeFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SandboxError("invalid_argument", `--file cannot be read: ${why}.`, {
      cause: error,
      data: { field: "--file", value: file },
    });
  }
}

function decode(bytes: Uint8Array, subject: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SandboxError("invalid_argument", `${subject} is not UTF-8 text.`, {
      cause,
      data: { field: "code" },
    });
  }
}

function usage(message: string, field: string): SandboxError {
  return new SandboxError("invalid_argument", message, { data: { field } });
}
