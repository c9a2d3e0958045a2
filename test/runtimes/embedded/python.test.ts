import { describe, expect, test } from "vitest";
import { runBytes, runPython, runShell, testRuntime, testSandbox } from "./support/embedded.ts";

const shared = testSandbox(testRuntime());
const python = async (code: string, fields = {}) => await runPython(await shared, code, fields);

describe("a Python program", () => {
  test("has the traceback of CPython", async () => {
    const { exitCode, stderr } = await python("def f():\n    1 / 0\n\nf()\n");
    expect(exitCode).toBe(1);
    expect(stderr.replaceAll(/^ *[~^]+\n/gm, "")).toBe(
      'Traceback (most recent call last):\n  File "<string>", line 4, in <module>\n    f()\n' +
        '  File "<string>", line 2, in f\n    1 / 0\nZeroDivisionError: division by zero\n',
    );
  });

  test("has the syntax errors of CPython, without colours", async () => {
    const { exitCode, stderr } = await python("x = (");
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      "  File \"<string>\", line 1\n    x = (\n        ^\nSyntaxError: '(' was never closed\n",
    );
  });

  test("has the tracebacks of its files", async () => {
    await runShell(
      await shared,
      "mkdir -p lib; printf 'def g():\\n  raise KeyError(1)\\n' > lib/helper.py; printf 'from helper import g\\ng()\\n' > lib/main.py",
    );
    const { stderr } = await runShell(await shared, "python3 lib/main.py");
    expect(stderr).toContain('File "/workspace/lib/main.py", line 2, in <module>');
    expect(stderr).toContain('helper.py", line 2, in g');
    expect(stderr).not.toContain("_jb_script");
  });

  test("prints long texts without change, and adds nothing", async () => {
    const { stdout } = await python(`print("""a\n  b\nc""", end="")`);
    expect(stdout).toBe("a\n  b\nc");
  });

  test.each([
    ["import sys; sys.exit()", 0, ""],
    ["import sys; sys.exit(3)", 3, ""],
    ["import sys; sys.exit(-1)", 255, ""],
    ["import sys; sys.exit('reason')", 1, "reason\n"],
    ["raise SystemExit", 0, ""],
    ["import atexit, sys; atexit.register(lambda: print('bye', file=sys.stderr)); sys.exit(5)", 5, "bye\n"],
    ["from __future__ import annotations\nx: Undefined = 1", 0, ""],
    ["import sys; sys.excepthook = lambda *a: print('hooked', file=sys.stderr); 1/0", 1, "hooked\n"],
  ])("ends as it says: %s", async (code, exitCode, stderr) => {
    expect(await python(code)).toMatchObject({ exitCode, stderr });
  });

  test("is __main__, with its arguments and the path of modules beside it", async () => {
    const code = "import sys, __main__; x = 1; print(__name__, sys.argv, repr(sys.path[0]), __main__.x)";
    const { stdout } = await runBytes(await shared, ["python", "-c", code, "one", "--help"]);
    expect(stdout.toString()).toBe("__main__ ['-c', 'one', '--help'] '' 1\n");
  });

  test("is taken from stdin, which is at its end then", async () => {
    const input = "import sys\nprint(sys.argv, repr(sys.stdin.read()))";
    for (const argv of [["python3"], ["python3", "-"]] as const) {
      const { stdout } = await runBytes(await shared, [...argv], { input });
      expect(stdout.toString()).toMatch(/^\['-?'\] ''\n$/);
    }
  });

  test("is run as a module", async () => {
    const { stdout } = await runBytes(await shared, ["python3", "-m", "json.tool"], { input: '{"a":1}' });
    expect(stdout.toString()).toBe('{\n    "a": 1\n}\n');
  });

  test("uses files as any program", async () => {
    const code = `import os, pathlib, tempfile, shutil, glob
open("/workspace/a", "w").write("x")
os.rename("/workspace/a", "/workspace/b")
os.makedirs("/workspace/d/e"); os.chmod("/workspace/b", 0o600); os.symlink("b", "/workspace/l")
shutil.copy("/workspace/b", "/workspace/d/c")
with tempfile.TemporaryDirectory() as folder: pathlib.Path(folder, "t").write_text("t")
print(os.getcwd(), os.path.realpath("l"), pathlib.Path("l").resolve(), os.path.getsize("/workspace/b"))
print(sorted(os.listdir("/workspace")), glob.glob("/workspace/d/*"), os.access("/workspace/b", os.R_OK))
print([(a, c) for a, b, c in os.walk("/workspace/d")], os.path.abspath("x"), [str(p) for p in pathlib.Path("d").iterdir()])
open("/dev/null", "w").write("x"); print(len(open("/dev/urandom", "rb").read(4)), os.path.exists("/host/x"))
print(oct(os.stat("/workspace/b").st_mode & 0o777), "workspace" in os.listdir("/"))`;
    const sandbox = await testSandbox(testRuntime());
    const { stdout, stderr } = await runPython(sandbox, code);
    expect(stderr).toBe("");
    expect(stdout.split("\n")).toEqual([
      "/workspace /workspace/l /workspace/l 1",
      "['b', 'd', 'l'] ['/workspace/d/c', '/workspace/d/e'] True",
      "[('/workspace/d', ['c']), ('/workspace/d/e', [])] /workspace/x ['d/c', 'd/e']",
      "4 False",
      "0o600 True",
      "",
    ]);
    await sandbox.destroy();
  });

  test("sees the environment, and nothing of what runs it", async () => {
    const { stdout } = await python("import os; print(dict(os.environ))", { env: { OWN: "it's" } });
    expect(stdout).toContain(`'OWN': "it's"`);
    expect(stdout).not.toMatch(/node_modules|web_user/);
  });

  test("runs asyncio", async () => {
    const code = `import asyncio
async def work(n):
    await asyncio.sleep(0.01 * n)
    return n
async def main():
    print(await asyncio.gather(*map(work, [3, 1, 2])))
    try:
        await asyncio.wait_for(asyncio.sleep(60), 0.05)
    except asyncio.TimeoutError:
        print("timeout")
asyncio.run(main())`;
    expect((await python(code)).stdout).toBe("[3, 1, 2]\ntimeout\n");
  });

  test("prints fast", async () => {
    const { stdout } = await python("for i in range(200_000): print(i)");
    expect(stdout.length).toBe(1_288_890);
  });

  test("that asks for what does not exist here is told so", async () => {
    const { exitCode, stderr } = await python("import socket; socket.socketpair()");
    expect(exitCode).not.toBe(0);
    expect(stderr).not.toBe("");
  });

  test("that is not there is exit code 2", async () => {
    const { exitCode, stderr } = await runBytes(await shared, ["python3", "no.py"]);
    expect(exitCode).toBe(2);
    expect(stderr.toString()).toContain("can't open file '/workspace/no.py'");
  });

  test("runs beside others of the same sandbox", async () => {
    const runs = Array.from({ length: 3 }, (_, index) => python(`print(${index})`));
    expect((await Promise.all(runs)).map(({ stdout }) => stdout)).toEqual(["0\n", "1\n", "2\n"]);
  });
});

describe("JavaScript", () => {
  test("runs as js-exec", async () => {
    const { stdout } = await runShell(
      await shared,
      "js-exec -c 'console.log([1, 2].map((x) => x * 2).join())'",
    );
    expect(stdout).toBe("2,4\n");
  });
});

describe("a runtime without guests", () => {
  test("has neither Python nor JavaScript", async () => {
    const sandbox = await testSandbox(testRuntime({ python: false, javascript: false }));
    for (const program of ["python", "python3", "js-exec"]) {
      expect((await runBytes(sandbox, [program, "-c", "1"])).exitCode).toBe(127);
      expect((await runShell(sandbox, `${program} -c 1`)).exitCode).toBe(127);
    }
    await sandbox.destroy();
  });
});
