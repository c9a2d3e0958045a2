import { describe, expect, test } from "vitest";
import { parseShellInvocation } from "../../../../runtimes/embedded/worker/shell-invocation.ts";

describe("a call of the shell", () => {
  test.each([
    { argv: ["echo", "-c", "x"], is: undefined },
    { argv: ["/usr/local/bin/sh", "-c", "x"], is: undefined },
    {
      argv: ["sh", "-c", "x"],
      is: { source: { from: "text", text: "x" }, prelude: "", zero: "sh", args: [] },
    },
    {
      argv: ["bash", "-c", "x", "zero", "one", "--help"],
      is: { source: { from: "text", text: "x" }, prelude: "", zero: "zero", args: ["one", "--help"] },
    },
    {
      argv: ["/bin/sh", "-ec", "x"],
      is: { source: { from: "text", text: "x" }, prelude: "set -e; ", zero: "/bin/sh", args: [] },
    },
    {
      argv: ["bash", "-euo", "pipefail", "-c", "x"],
      is: {
        source: { from: "text", text: "x" },
        prelude: "set -eu; set -o pipefail; ",
        zero: "bash",
        args: [],
      },
    },
    {
      argv: ["sh", "-c", "--", "-e"],
      is: { source: { from: "text", text: "-e" }, prelude: "", zero: "sh", args: [] },
    },
    {
      argv: ["bash", "--login", "-c", "x"],
      is: { source: { from: "text", text: "x" }, prelude: "", zero: "bash", args: [] },
    },
    {
      argv: ["sh", "-x", "file", "-c"],
      is: { source: { from: "file", path: "file" }, prelude: "set -x; ", zero: "file", args: ["-c"] },
    },
    { argv: ["sh"], is: { source: { from: "stdin" }, prelude: "", zero: "sh", args: [] } },
    { argv: ["sh", "-s", "one"], is: { source: { from: "stdin" }, prelude: "", zero: "sh", args: ["one"] } },
    { argv: ["sh", "-c"], is: { unknownOption: "-c" } },
    { argv: ["sh", "--unknown"], is: { unknownOption: "--unknown" } },
    { argv: ["sh", "-o", "x; echo pwned", "-c", "x"], is: { unknownOption: "x; echo pwned" } },
  ])("$argv", ({ argv, is }) => {
    expect(parseShellInvocation(argv)).toEqual(is);
  });
});
