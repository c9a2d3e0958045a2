import { describe, expect, test, vi } from "vitest";
import type { RuntimeSandbox } from "../../../src/runtime/index.ts";
import { runShell, testRuntime, testSandbox } from "./support/embedded.ts";

// Attacks take as long as they are let, and machines are slow.
vi.setConfig({ testTimeout: 180_000 });

const runtime = testRuntime();
const caps = { memoryMib: 192, cpus: 1, pids: 64, diskMib: 32, openFiles: 64 };

/** A sandbox with one file, which has to be there after whatever is done to it. */
async function attacked(attack: (sandbox: RuntimeSandbox) => Promise<unknown>): Promise<void> {
  const sandbox = await testSandbox(runtime, { caps });
  try {
    await runShell(sandbox, "echo kept > /tmp/kept");
    await attack(sandbox);
    expect(await runShell(sandbox, "cat /tmp/kept")).toMatchObject({ exitCode: 0, stdout: "kept\n" });
  } finally {
    await sandbox.destroy();
  }
}

/** Runs a command, kills it after so long, and tells how it ended and how long the kill took. */
async function run(sandbox: RuntimeSandbox, argv: readonly [string, ...string[]], killAfterMs = 40_000) {
  const process = await sandbox.spawn({ argv, env: {}, cwd: "/workspace", stdin: "none" });
  let killMs: number | undefined;
  const timer = setTimeout(async () => {
    const from = performance.now();
    await process.kill("SIGKILL");
    killMs = performance.now() - from;
  }, killAfterMs);
  let stdoutBytes = 0;
  let stderr = "";
  for await (const { stream, data } of process.output) {
    if (stream === "stdout") stdoutBytes += data.length;
    else stderr += Buffer.from(data).toString();
  }
  const exit = await process.wait();
  clearTimeout(timer);
  return { ...exit, stdoutBytes, stderr, killMs: () => killMs };
}

const sh = (script: string) => ["sh", "-c", script] as const;
const py = (code: string) => ["python3", "-c", code] as const;
const js = (code: string) => ["js-exec", "-c", code] as const;

describe("what never ends is ended at once when it is killed", () => {
  test.each([
    ["a loop", sh("while :; do :; done")],
    ["a loop that prints", sh("while :; do echo x; done")],
    ["a loop in awk", ["awk", "BEGIN { while (1) {} }"]],
    ["a loop in sed", sh("echo x | sed ':a; ba'")],
    ["a loop in jq", ["jq", "-n", "[limit(1e18; repeat(1))] | length"]],
    ["a loop in Python", py("while True: pass")],
    ["a sleep in Python", py("import time; time.sleep(1e6)")],
    ["a regular expression in Python", py("import re; re.match('(a+)+$', 'a' * 60 + 'b')")],
    ["a number in Python", py("x = 7 ** (10 ** 9)")],
    ["a loop in JavaScript", js("while (true) {}")],
    ["a regular expression in JavaScript", js("/(a+)+$/.test('a'.repeat(60) + 'b')")],
    [
      "a query",
      [
        "sqlite3",
        ":memory:",
        "with recursive c(x) as (select 1 union all select x from c) select count(*) from c",
      ],
    ],
    ["a sleep", ["sleep", "100000"]],
    ["a loop of files", sh("while :; do echo x > f; rm f; done")],
  ] as const)("%s", async (_what, argv) => {
    await attacked(async (sandbox) => {
      const ended = await run(sandbox, [...argv], 1_500);
      // Some are cut off by a limit of the interpreter before.
      if (ended.signal === undefined) expect(ended.stderr).toMatch(/limit|error/i);
      else expect(ended).toMatchObject({ exitCode: 137, signal: "SIGKILL" });
      expect(ended.killMs() ?? 0).toBeLessThan(2_000);
    });
  });
});

describe("what takes too much memory is ended, and nothing else", () => {
  test.each([
    ["a shell variable", sh("x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done")],
    ["buffers in Python", py("a = []\nwhile True: a.append(bytearray(8 << 20))")],
    ["small objects in Python", py("a = []\nwhile True: a.append([0] * 100)")],
    ["arrays in JavaScript", js("const a = []; while (true) a.push(new Array(10000).fill(1))")],
  ] as const)("%s", async (_what, argv) => {
    await attacked(async (sandbox) => {
      const beside = sandbox.spawn({ argv: ["sleep", "100000"], env: {}, cwd: "/", stdin: "none" });
      const { exitCode, oomKilled, signal, stderr } = await run(sandbox, [...argv]);
      // QuickJS has a limit of its own, and says so.
      if (oomKilled) expect({ exitCode, signal }).toEqual({ exitCode: 137, signal: "SIGKILL" });
      else expect(stderr).toMatch(/memory/);
      expect((await sandbox.stats()).pids).toBe(1);
      await (await beside).kill("SIGKILL");
    });
  });

  test.each([
    ["awk", ["awk", 'BEGIN { while (1) a[i++] = "xxxxxxxxxxxxxxxx" i }']],
    ["jq", ["jq", "-n", "[range(1e12)] | length"]],
    ["printf", ["printf", "%1000000000d", "1"]],
    ["a brace expansion", sh("echo {1..1000000000} | wc -c")],
    ["an arithmetic loop", sh("for ((i = 0; ; i++)); do a[i]=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done")],
    ["sort", sh('x=$(seq 1 200000); while :; do x="$x $x"; echo $x | sort | wc; done')],
    [
      "an unpacking",
      sh(
        "head -c 20000000 /tmp/kept > z; python3 -c \"open('z','wb').write(b'0' * 7000000)\"; for i in 1 2 3; do cat z >> y; done; gzip y; while :; do cat y.gz >> w.gz; gunzip -c w.gz | gzip | wc -c; done",
      ),
    ],
  ] as const)("%s is held to it or cut off", async (_what, argv) => {
    await attacked(async (sandbox) => {
      const { exitCode, oomKilled, stderr } = await run(sandbox, [...argv], 8_000);
      if (!oomKilled && exitCode !== 137 && exitCode !== 0) expect(stderr).not.toBe("");
    });
  });
});

describe("a flood of output swells neither side", () => {
  test.each([
    ["Python", py("while True: print('x' * 1000)")],
    [
      "the shell",
      sh(
        "x=$(printf 'x%.0s' 0 1 2 3 4 5 6 7 8 9); x=$x$x$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x$x$x; while :; do echo $x; done",
      ),
    ],
    ["JavaScript", js("while (true) console.log('x'.repeat(1000))")],
    ["awk", ["awk", 'BEGIN { while (1) print "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" }']],
  ] as const)("%s", async (_what, argv) => {
    await attacked(async (sandbox) => {
      const { exitCode, stdoutBytes, stderr, oomKilled } = await run(sandbox, [...argv]);
      expect(exitCode).not.toBe(0);
      expect(stdoutBytes).toBeLessThanOrEqual(64 << 20);
      if (!oomKilled) expect(stderr).toMatch(/limit|exceeded|size|killed|error/i);
      expect(process.memoryUsage.rss() >> 20).toBeLessThan(400);
    });
  });
});

describe("what multiplies is contained", () => {
  test.each([
    ["the fork bomb", "b() { b | b & }; b"],
    ["a fork bomb that waits", "b() { b | b; }; b"],
    ["a script that calls itself", "echo 'sh r; sh r' > r; sh r"],
    ["a function that calls itself", "f() { f; }; f"],
    ["nested substitutions", "eval \"$(for i in $(seq 2000); do printf '$('; done)\""],
    ["nested parentheses", "eval \"$(for i in $(seq 20000); do printf '('; done)\""],
    ["a thousand in the background", "for i in $(seq 1000); do sleep 0 & done; wait"],
    ["an alias of itself", "shopt -s expand_aliases; alias a='a a'; a"],
  ])("%s", async (_what, script) => {
    await attacked((sandbox) => run(sandbox, sh(script), 20_000));
  });

  test("recursion in Python and JavaScript", async () => {
    await attacked(async (sandbox) => {
      const deep = await run(sandbox, py("def f(n): return f(n + 1)\nf(0)"));
      expect(deep.stderr).toContain("RecursionError");
      await run(sandbox, py("import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(n): return f(n + 1)\nf(0)"));
      await run(sandbox, py("import json\njson.loads('[' * 10 ** 6)"));
      const script = await run(sandbox, js("function f() { return f() + 1 } f()"));
      expect(script.exitCode).not.toBe(0);
    });
  });
});

describe("the file tree is held to its size", () => {
  test("in bytes", async () => {
    await attacked(async (sandbox) => {
      const { exitCode, stderr } = await run(
        sandbox,
        sh("seq 1 100000 > f; i=0; while cp f g$i; do i=$((i + 1)); done; rm g0; cp f h; exit 5"),
      );
      expect(exitCode).toBe(5);
      expect(stderr).toMatch(/no space left on device/i);
      const { stdout } = await runShell(sandbox, "diff f h && cat * | wc -c");
      expect(Number(stdout)).toBeLessThanOrEqual(caps.diskMib << 20);
    });
  });

  test("in entries", async () => {
    await attacked(async (sandbox) => {
      const { stderr } = await run(
        sandbox,
        py("import os\ni = 0\nwhile True:\n  os.makedirs(f'd/{i}'); i += 1"),
        60_000,
      );
      expect(stderr).toMatch(/OSError|without a word|^$/);
      expect((await runShell(sandbox, "rm -rf d; ls; echo x > y && cat y")).stdout).toBe("x\n");
    });
  });

  test("however it is walked", async () => {
    await attacked(async (sandbox) => {
      await run(
        sandbox,
        sh("mkdir -p $(for i in $(seq 300); do printf 'd/'; done); ln -s /workspace l; ln -s l l/m"),
      );
      await run(
        sandbox,
        sh("find / ; du -a /; ls -R /; tree /; grep -r x /; rm -rf d; cp -r . /workspace/l/x"),
        8_000,
      );
    });
  });
});
