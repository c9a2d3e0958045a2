import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { launchLine, type StdinForm } from "../../../runtimes/microsandbox/launch-line.ts";
import { MarkScanner } from "../../../runtimes/microsandbox/mark-scanner.ts";
import { sandboxScripts } from "../../../runtimes/microsandbox/sandbox-scripts.ts";
import type { RuntimeCommand } from "../../../src/runtime/index.ts";

const mark = "0123456789abcdef01234567";
const shells = [["/bin/sh"], ["/bin/bash"], ["/bin/busybox", "sh"]].filter(([path]) =>
  existsSync(path ?? ""),
);

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
  readonly reports: readonly string[];
}

function codeIn(reports: readonly string[]): number | undefined {
  const code = reports.find((report) => /^\d/.test(report));
  return code === undefined ? undefined : Number(code);
}

/** Does with a shell of this machine what the runtime does with one in a guest. */
async function launch(
  shell: readonly string[],
  command: Partial<RuntimeCommand>,
  form: StdinForm = "none",
  stdin: string | readonly string[] = "",
): Promise<Outcome> {
  const full: RuntimeCommand = { argv: ["true"], env: {}, cwd: "/", stdin: "none", ...command };
  const { line, args = [] } = launchLine(full, form, mark);
  const [program = "", ...first] = shell;
  const child = spawn(program, [...first, "-c", sandboxScripts.launch, "sh", ...args], { stdio: "pipe" });
  child.stdin.on("error", () => {});
  const pieces = typeof stdin === "string" ? [] : [...stdin];
  const writePiece = () => {
    const piece = pieces.shift();
    if (piece === undefined) child.stdin.end();
    else child.stdin.write(`${piece.length}\n${piece}`);
  };
  if (typeof stdin === "string") child.stdin.end(line + stdin);
  else child.stdin.write(line);
  const scanner = new MarkScanner(mark);
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const reports: string[] = [];
  child.stdout.on("data", (data: Buffer) => out.push(data));
  child.stderr.on("data", (data: Buffer) => {
    // Every byte by itself: the mark may be cut anywhere.
    for (const byte of data) {
      const scanned = scanner.scan(Uint8Array.of(byte));
      err.push(scanned.output);
      reports.push(...scanned.reports);
      for (const report of scanned.reports) if (/[sax]/.test(report)) writePiece();
    }
  });
  await once(child, "close");
  err.push(scanner.end());
  return {
    stdout: Buffer.concat(out).toString(),
    stderr: Buffer.concat(err).toString(),
    exitCode: codeIn(reports),
    reports,
  };
}

describe.each(shells.map((shell) => [shell.join(" "), shell] as const))(
  "a command launched by %s",
  (_, shell) => {
    it("has its arguments unchanged, whatever is in them", async () => {
      const args = ["", "a b", "it's", '$HOME `id` \\ "q"', "one\ntwo\n", "-n", "é\t", "*", "\n", "'\n'"];
      const script = 'for argument; do printf "<%s>" "$argument"; done';
      const { stdout, exitCode } = await launch(shell, { argv: ["sh", "-c", script, "sh", ...args] });
      expect(stdout).toBe(args.map((argument) => `<${argument}>`).join(""));
      expect(exitCode).toBe(0);
    });

    it("has arguments that are too long for a line", async () => {
      const long = "x'\n".repeat(20_000);
      const { stdout } = await launch(shell, {
        argv: ["sh", "-c", 'printf %s "$1$A"', "sh", long],
        env: { A: "end" },
      });
      expect(stdout).toBe(`${long}end`);
    });

    it("has its own variables, also those that shells treat as theirs", async () => {
      const env = { PLAIN: "one\ntwo", OPTIND: "x", IFS: "abc", PPID: "7", PS1: "$(id)", QUOTE: "it's" };
      const { stdout, exitCode } = await launch(shell, { argv: ["env", "-0"], env });
      const seen = stdout.split("\0");
      for (const [name, value] of Object.entries(env)) expect(seen).toContain(`${name}=${value}`);
      expect(seen.filter((line) => line.startsWith("__ctx"))).toEqual([]);
      expect(exitCode).toBe(0);
    });

    it("is a program, never a builtin", async () => {
      const { stdout } = await launch(shell, { argv: ["printf", "%b", "a\\tb"] });
      expect(stdout).toBe("a\tb");
      const builtin = await launch(shell, { argv: ["eval", "echo builtin"] });
      expect([builtin.stdout, builtin.exitCode]).toEqual(["", 127]);
    });

    it.each([
      ["an exit code", ["sh", "-c", "exit 37"], 37],
      ["a signal", ["sh", "-c", "kill -TERM $$"], 143],
      ["SIGKILL", ["sh", "-c", "kill -KILL $$"], 137],
      ["a signal that ended its child", ["sh", "-c", "sh -c 'kill -SEGV $$'"], 139],
    ])("reports %s and nothing else on stderr", async (_what, argv, expected) => {
      const { stderr, exitCode } = await launch(shell, { argv: argv as unknown as [string, ...string[]] });
      expect(exitCode).toBe(expected);
      // A shell in between may have said how its child ended.
      if (expected !== 139) expect(stderr).toBe("");
    });

    it("ends with 127, 126 and 126 where it does not exist, cannot be executed, or its folder is missing", async () => {
      const missing = await launch(shell, { argv: ["no-such-program"] });
      expect([missing.exitCode, missing.stderr !== ""]).toEqual([127, true]);
      const plain = await launch(shell, { argv: ["/etc/passwd"] });
      expect([plain.exitCode, plain.stderr !== ""]).toEqual([126, true]);
      const folder = await launch(shell, { argv: ["pwd"], cwd: "/no/such/folder" });
      expect([folder.exitCode, folder.stdout, folder.stderr !== ""]).toEqual([126, "", true]);
    });

    it("reads what follows the line, or nothing", async () => {
      const piped = await launch(shell, { argv: ["cat"] }, "plain", "first\nsecond");
      expect(piped.stdout).toBe("first\nsecond");
      const none = await launch(shell, { argv: ["cat"] }, "none", "dropped");
      expect(none.stdout).toBe("");
    });

    it("reads pieces, and tells of each that was handed on and of the end", async () => {
      const { stdout, reports } = await launch(shell, { argv: ["cat"] }, "paced", ["ab\n", "\0cde"]);
      expect(stdout).toBe("ab\n\0cde");
      expect(reports.filter((report) => report === "a")).toHaveLength(2);
      expect([...new Set(reports)].sort()).toEqual(["0", "a", "s", "x"]);
    });

    it("tells that nobody takes pieces any more, and ends with the command's own code", async () => {
      const pieces = Array.from({ length: 8 }, () => "x".repeat(32_768));
      const argv = ["sh", "-c", "head -c 1 > /dev/null; exec <&-; sleep 0.5; exit 7"] as const;
      const { exitCode, reports } = await launch(shell, { argv: [...argv] }, "paced", pieces);
      expect(exitCode).toBe(7);
      expect(reports).toContain("x");
    });
  },
);

describe("MarkScanner", () => {
  it("passes on what only looks like a mark, and what comes after the mark", () => {
    const scanner = new MarkScanner(mark);
    const text = `\0${mark.slice(0, 5)}\0\0${mark} 12\nlate`;
    const { output, reports } = scanner.scan(Buffer.from(text));
    expect([Buffer.from(output).toString(), reports]).toEqual([`\0${mark.slice(0, 5)}\0late`, ["12"]]);
    expect(Buffer.from(scanner.scan(Buffer.from("\0more")).output).toString()).toBe("\0more");
  });

  it("gives back at the end what might have been a mark", () => {
    const scanner = new MarkScanner(mark);
    expect(Buffer.from(scanner.scan(Buffer.from("x\0")).output).toString()).toBe("x");
    expect(Buffer.from(scanner.end()).toString()).toBe("\0");
  });
});
