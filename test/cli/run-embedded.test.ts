import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { noMicrovms } from "../support/components.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";
import { childrenOf, listensForSignals } from "./support/processes.ts";
import { runCli, runCliJson, startCli } from "./support/run-cli.ts";

const embedded = ["--runtime", "embedded"] as const;

describe("run on the embedded runtime", () => {
  test("prints what the code prints, stream by stream", async () => {
    const end = await runCli([...embedded, "run", "shell", "echo out; echo err >&2"]);
    expect(end).toEqual({ exitCode: 0, signal: null, stdout: "out\n", stderr: "err\n" });
  });

  test("runs Python", async () => {
    const end = await runCli([...embedded, "run", "python", "print(6 * 7)"]);
    expect(end).toMatchObject({ exitCode: 0, stdout: "42\n" });
  });

  test.each([0, 1, 3, 64, 255])("passes the exit code %d on", async (code) => {
    const end = await runCli([...embedded, "run", "shell", `exit ${code}`]);
    expect(end).toEqual({ exitCode: code, signal: null, stdout: "", stderr: "" });
  });

  test("takes the code from stdin, with and without a dash", async () => {
    for (const dash of [[], ["-"]]) {
      const end = await runCli([...embedded, "run", "shell", ...dash], { stdin: "echo from stdin\n" });
      expect(end).toMatchObject({ exitCode: 0, stdout: "from stdin\n" });
    }
  });

  test("takes the code from a file", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "code with spaces.py");
    await writeFile(file, "print('from a file')\n");
    const end = await runCli([...embedded, "run", "python", "--file", file]);
    expect(end).toMatchObject({ exitCode: 0, stdout: "from a file\n" });
  });

  test("refuses code that is not text", async () => {
    const end = await runCli([...embedded, "run", "shell"], { stdin: Uint8Array.of(0xff, 0xfe, 0x00) });
    expect(end).toMatchObject({ exitCode: 64, stderr: expect.stringContaining("is not UTF-8 text") });
  });

  test("hands stdin to the code", async () => {
    const end = await runCli([...embedded, "run", "shell", "--stdin", "wc -w"], { stdin: "a b c\n" });
    expect(end).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\s*3\s*$/) });
  });

  test("gives the code an empty stdin otherwise", async () => {
    const end = await runCli([...embedded, "run", "shell", "cat; echo done"], { stdin: "not for you" });
    expect(end).toMatchObject({ exitCode: 0, stdout: "done\n" });
  });

  test("keeps text in every language whole", async () => {
    const text = "ä€🙂 日本語";
    const end = await runCli([...embedded, "run", "shell", `echo '${text}'`]);
    expect(end.stdout).toBe(`${text}\n`);
  });

  test("sets the environment, and takes a bare name from the caller's", async () => {
    const end = await runCli(
      [...embedded, "run", "shell", "--env", "A=1=2", "--env", "TOKEN", 'echo "$A $TOKEN"'],
      { env: { TOKEN: "from the caller" } },
    );
    expect(end).toMatchObject({ exitCode: 0, stdout: "1=2 from the caller\n" });
  });

  test("shows nothing of the caller's environment", async () => {
    const end = await runCli([...embedded, "run", "shell", "env"], { env: { CANARY: "of-the-host" } });
    expect(end.exitCode).toBe(0);
    expect(end.stdout).not.toContain("of-the-host");
  });

  test("kills the code after its timeout and leaves with 124", async () => {
    const end = await runCli([...embedded, "run", "shell", "--timeout", "0.5", "while true; do :; done"]);
    expect(end).toMatchObject({
      exitCode: 124,
      stderr: expect.stringContaining("after its timeout of 0.5 s"),
    });
  });

  test("is one document with --json, and the exit code stays that of the code", async () => {
    const { exitCode, stderr, document } = await runCliJson([
      ...embedded,
      "run",
      "shell",
      "echo out; echo err >&2; exit 7",
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 7, stderr: "" });
    expect(document).toEqual({
      stdout: "out\n",
      stderr: "err\n",
      exitCode: 7,
      ok: false,
      timedOut: false,
      oomKilled: false,
      truncated: false,
      truncatedStreams: { stdout: false, stderr: false },
      droppedBytes: 0,
      durationMs: expect.any(Number),
      files: [],
      runtime: "embedded",
      isolation: "interpreter",
    });
  });

  test("the timeout is a field with --json", async () => {
    const { exitCode, document } = await runCliJson([
      ...embedded,
      "run",
      "shell",
      "--timeout",
      "0.5",
      "while true; do :; done",
    ]);
    expect(exitCode).toBe(124);
    expect(document).toMatchObject({ timedOut: true, exitCode: 124, ok: false });
  });

  test("metacharacters in the code are the code's own business", async () => {
    const end = await runCli([...embedded, "run", "shell", "--", "echo '$(id) `id` ; |' -- --json"]);
    expect(end).toMatchObject({ exitCode: 0, stdout: "$(id) `id` ; | -- --json\n" });
  });

  test("an image is refused, because it would not be used", async () => {
    const { exitCode, document } = await runCliJson([
      ...embedded,
      "run",
      "shell",
      "--image",
      "busybox:1",
      "true",
    ]);
    expect(exitCode).toBe(78);
    expect(document).toMatchObject({ error: { code: "unsupported", data: { capability: "images" } } });
  });

  test("a stronger isolation is refused", async () => {
    const { exitCode, document } = await runCliJson([
      ...embedded,
      "--minimum-isolation",
      "container",
      "run",
      "shell",
      "true",
    ]);
    expect([69, 78]).toContain(exitCode);
    expect(document).toMatchObject({ error: { message: expect.stringMatching(/interpreter/) } });
  });

  test("a number out of bounds is named as the option", async () => {
    const end = await runCli([...embedded, "run", "shell", "--memory", "1", "true"]);
    expect(end).toMatchObject({
      exitCode: 64,
      stderr: expect.stringMatching(/^ctx-sandbox: --memory must be /),
    });
  });

  test("an environment name that is none is refused without its value", async () => {
    const end = await runCli([...embedded, "run", "shell", "--env", "1A=s3cret", "true"]);
    expect(end).toMatchObject({ exitCode: 64, stderr: expect.stringContaining("1A") });
    expect(end.stderr).not.toContain("s3cret");
  });
});

describe("auto without an engine", () => {
  const env = { ...noMicrovms, DOCKER_HOST: "unix:///nowhere/docker.sock" };

  test("says once which runtime was taken and why", async () => {
    const end = await runCli(["run", "shell", "echo hi"], { env });
    expect(end).toMatchObject({ exitCode: 0, stdout: "hi\n" });
    expect(end.stderr).toMatch(
      /^ctx-sandbox: using the embedded runtime \(isolation: interpreter\) because microsandbox is not available: [^\n]+; docker is not available: [^\n]+\n$/,
    );
  });

  test.each([["--quiet"], ["--json"]])("says nothing with %s", async (flag) => {
    expect(await runCli([flag, "run", "shell", "echo hi"], { env })).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
  });

  test("takes nothing else where an engine was named", async () => {
    const end = await runCli(["--docker-host", "unix:///nowhere/docker.sock", "run", "shell", "true"]);
    expect(end).toMatchObject({ exitCode: 69, stdout: "" });
    expect(end.stderr).not.toMatch(/using the embedded/);
  });

  test("takes nothing weaker than what is asked for", async () => {
    const end = await runCli(["--minimum-isolation", "container", "run", "shell", "true"], { env });
    expect(end).toMatchObject({ exitCode: 69, stdout: "" });
    expect(end.stderr).toMatch(/^ctx-sandbox: /);
  });
});

describe("commands on sandboxes that live on", () => {
  const commands: readonly (readonly string[])[] = [
    ["create"],
    ["exec", "box", "--", "true"],
    ["ls"],
    ["logs", "box"],
    ["stop", "box"],
    ["start", "box"],
    ["rm", "box"],
    ["cp", "box:a", "b"],
    ["stats", "box"],
    ["reap"],
  ];

  test.each(commands)(
    "%s is refused on the embedded runtime, with what to use instead",
    async (...command) => {
      const { exitCode, stderr, document } = await runCliJson([...embedded, ...command]);
      expect(exitCode).toBe(78);
      expect(stderr).toMatch(/embedded runtime \(isolation: interpreter\) live only as long as the process/);
      expect(stderr).toMatch("ctx-sandbox run");
      expect(document).toMatchObject({ error: { code: "unsupported", data: { runtime: "embedded" } } });
    },
  );
});

// What goes on in a process is read from Linux's /proc.
describe.runIf(process.platform === "linux")("interruption", () => {
  const endless = ["run", "shell", "--timeout", "none", "while true; do :; done"] as const;

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s ends a run with %d and leaves no process", async (signal, exitCode) => {
    const { child, end } = startCli([...embedded, ...endless]);
    const workers = await waitUntil("the sandbox has a process", async () => {
      const found = await childrenOf(child.pid);
      return found.length > 0 ? found : undefined;
    });
    child.kill(signal);
    expect(await end).toMatchObject({ exitCode, signal: null, stdout: "" });
    await waitUntil("its processes are gone", () => workers.every((pid) => !existsSync(`/proc/${pid}`)));
  });

  test("a second signal leaves at once", async () => {
    const { child, end } = startCli([...embedded, ...endless]);
    await waitUntil("the signal is listened for", () => listensForSignals(child.pid));
    child.kill("SIGTERM");
    child.kill("SIGINT");
    expect([130, 143]).toContain((await end).exitCode);
  });

  test("ends the wait for code on stdin", async () => {
    const { child, end } = startCli([...embedded, "run", "shell"]);
    await waitUntil("the signal is listened for", () => listensForSignals(child.pid));
    child.kill("SIGTERM");
    expect(await end).toMatchObject({ exitCode: 143, signal: null, stdout: "", stderr: "" });
  });

  test("is one document with --json", async () => {
    const { child, end } = startCli([...embedded, "--json", ...endless]);
    await waitUntil("the signal is listened for", () => listensForSignals(child.pid));
    child.kill("SIGINT");
    const { exitCode, stdout, stderr } = await end;
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "cancelled", retryable: false } });
  });
});

test("a reader that leaves ends the run quietly", async () => {
  const { child, end } = startCli([...embedded, "run", "shell", "echo nobody reads this"]);
  child.stdout.destroy();
  expect(await end).toMatchObject({ exitCode: 141, signal: null, stderr: "" });
});
