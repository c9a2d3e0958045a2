import { describe, expect, test } from "vitest";
import { parsePythonArguments } from "../../../../runtimes/embedded/worker/python-arguments.ts";

const program = (fields: object, unbuffered = false) => ({ unbuffered, program: fields });

describe("a call of python", () => {
  test.each([
    { args: [], is: program({ kind: "stdin", argv: [""] }) },
    { args: ["-"], is: program({ kind: "stdin", argv: ["-"] }) },
    { args: ["-", "one"], is: program({ kind: "stdin", argv: ["-", "one"] }) },
    {
      args: ["-c", "x", "-c", "--help"],
      is: program({ kind: "code", source: "x", argv: ["-c", "-c", "--help"] }),
    },
    { args: ["-uc", "x"], is: program({ kind: "code", source: "x", argv: ["-c"] }, true) },
    {
      args: ["-u", "file.py", "-V"],
      is: program({ kind: "file", name: "file.py", argv: ["file.py", "-V"] }, true),
    },
    { args: ["-W", "ignore", "-X", "dev", "-B", "f"], is: program({ kind: "file", name: "f", argv: ["f"] }) },
    { args: ["-Wignore", "f"], is: program({ kind: "file", name: "f", argv: ["f"] }) },
    { args: ["-m", "json.tool", "x"], is: program({ kind: "module", name: "json.tool", argv: ["-m", "x"] }) },
    { args: ["--", "-f"], is: program({ kind: "file", name: "-f", argv: ["-f"] }) },
    { args: ["-V"], is: { show: "version" } },
    { args: ["-VV"], is: { show: "version" } },
    { args: ["--help"], is: { show: "help" } },
    { args: ["-c"], is: { problem: "Argument expected for the -c option" } },
    { args: ["--nonsense"], is: { problem: "Unknown option: --nonsense" } },
    { args: ["-Z"], is: { problem: "Unknown option: -Z" } },
  ])("$args", ({ args, is }) => {
    expect(parsePythonArguments(args)).toEqual(is);
  });
});
