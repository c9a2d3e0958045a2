import { describe, expect, test } from "vitest";
import type { RuntimeSandbox } from "../../../src/runtime/index.ts";
import { emptyBody, type TarEntry, writeTar } from "../../../src/util/tar/index.ts";
import { runBytes, runPython, runShell, testRuntime, testSandbox } from "./support/embedded.ts";

const runtime = testRuntime();
const writePaths = ["/data/out", "/workspace/results"];
const confined = () => testSandbox(runtime, { writePaths });

/** Everything outside the write paths: names, modes, times, link targets and contents. */
async function outside(sandbox: RuntimeSandbox): Promise<string> {
  const script = `find /workspace /tmp /etc /home /data /usr /bin /dev /proc | grep -v '^/data/out/\\|^/workspace/results/' |
    while read -r f; do stat -c '%n %F %a %Y' "$f" 2>&1; [ -L "$f" ] && readlink "$f"; [ -f "$f" ] && md5sum "$f" 2>&1; done; ls -a /`;
  const { stdout } = await runShell(sandbox, script);
  expect(stdout.length).toBeGreaterThan(1_000);
  return stdout;
}

/** Commands that would write outside the write paths, from within /data/out. */
const attempts = [
  "echo x > /workspace/a",
  "echo x >> /workspace/a",
  "echo x > /data/out/../../workspace/a",
  "echo x > /data/a",
  "echo x > ../a",
  "echo x > /workspace/results/../a",
  "echo x > /proc/self/root/workspace/a",
  "echo x > /proc/1/root/workspace/a",
  "echo x > /dev/fd/../../workspace/a",
  "echo x > //workspace//./a",
  "ln -s /workspace/a link; echo x > link",
  "ln -s /workspace folder; echo x > folder/a",
  "ln -s / root; mkdir root/workspace/d",
  "ln -s ../../workspace up; touch up/a",
  "ln /workspace/kept hard; echo x > hard",
  "ln /etc/passwd hard; echo x > hard",
  "touch /workspace/a",
  "touch -d 2001-01-01 /workspace/kept",
  "mkdir /workspace/d",
  "mkdir -p /workspace/d/e/f",
  "mkdir -p /data/out/../other/d",
  "mkdir /d",
  "rmdir /workspace/folder",
  "rm /workspace/kept",
  "rm -rf /workspace",
  "rm -rf /data/out",
  "rm -rf /",
  "echo x > own; mv own /workspace/a",
  "echo x > own; mv own /workspace/kept",
  "mv /workspace/kept mine",
  "mv /workspace /data/out/w",
  "mv /data/out /data/moved",
  "mv /workspace/results /workspace/moved",
  "echo x > own; cp own /workspace/a",
  "mkdir tree; echo x > tree/a; cp -r tree /workspace/tree",
  "echo x > own; ln own /workspace/a",
  "ln -s /etc/passwd /workspace/a",
  "chmod 777 /workspace/kept",
  "chmod 777 /workspace",
  "chmod -R 777 /workspace",
  "ln -s /workspace/kept link; chmod 777 link",
  "echo x | tee /workspace/a",
  "sed -i s/kept/changed/ /workspace/kept",
  "echo x > own; tar cf own.tar own; tar xf own.tar -C /workspace",
  "echo x > own; tar cPf /workspace/own.tar own",
  "echo 'x' | sort -o /workspace/a",
  "split -b 1 /etc/passwd /workspace/part",
  "gzip /workspace/kept",
  "truncate -s 0 /workspace/kept",
  "dd if=/etc/passwd of=/workspace/a",
  'awk \'BEGIN { print "x" > "/workspace/a" }\'',
  "mktemp",
];

/** An archive that holds one empty file. */
async function* archive(name: string): AsyncGenerator<Uint8Array> {
  const entry: TarEntry = {
    name,
    type: "file",
    mode: 0o644,
    modifiedAt: new Date(),
    linkName: "",
    size: 0,
    body: emptyBody,
  };
  yield* writeTar(
    (async function* () {
      yield entry;
    })(),
  );
}

describe("with write paths", () => {
  test("files can be written, moved, linked and removed below them", async () => {
    const sandbox = await confined();
    const script = `cd /data/out && echo one > a && mkdir -p d/e && mv a d/e/b && ln d/e/b c && ln -s c l && chmod 600 c &&
      touch -d 2001-01-01 c && echo two >> l && cat d/e/b && cp -r d /workspace/results/d && rm -r l d c && ls /data/out &&
      cat /workspace/results/d/e/b && mv /workspace/results/d /data/out/d && ls /data/out /workspace/results; echo x > /dev/null`;
    const { stdout, stderr } = await runShell(sandbox, script);
    expect(stderr).toBe("");
    expect(stdout).toBe("one\ntwo\none\ntwo\n/data/out:\nd\n\n/workspace/results:\n");
    expect((await runPython(sandbox, "open('/data/out/py', 'w').write('x')")).exitCode).toBe(0);
    await sandbox.files.makeDirectory("/data/out/folder");
    await sandbox.tarIn("/data/out", archive("in"));
  });

  test("nothing else changes, whatever a shell does", { timeout: 120_000 }, async () => {
    const sandbox = await confined();
    const before = await outside(sandbox);
    for (const attempt of attempts) {
      await runShell(sandbox, attempt, { cwd: "/data/out" });
      await runShell(sandbox, "rm -rf /data/out/* /workspace/results/*");
    }
    expect(await outside(sandbox)).toBe(before);
  });

  test("nothing else changes, whatever Python does", async () => {
    const sandbox = await confined();
    const before = await outside(sandbox);
    const code = `import os, shutil, tempfile
os.chdir("/data/out"); open("own", "w").write("x"); os.makedirs("tree/d")
try: open("/workspace/a", "w")
except PermissionError: print("PermissionError")
tries = [lambda: open("/workspace/a", "w").write("x"), lambda: open("/workspace/a", "ab"), lambda: os.mkdir("/workspace/d"),
  lambda: os.rename("own", "/workspace/a"), lambda: os.rename("/etc/passwd", "p"), lambda: os.rename("/workspace", "/data/out/w"),
  lambda: os.symlink("/etc", "/workspace/s"), lambda: os.chmod("/workspace", 0o777),
  lambda: os.utime("/workspace", (0, 0)), lambda: os.unlink("/etc/passwd"), lambda: os.rmdir("/workspace"), lambda: shutil.rmtree("/workspace"),
  lambda: shutil.copy("own", "/workspace/a"), lambda: shutil.copytree("tree", "/workspace/tree"), lambda: os.truncate("/etc/passwd", 0),
  lambda: (os.symlink("/workspace", "s"), open("s/a", "w").write("x")), lambda: open("/host/workspace/a", "w").write("x"),
  lambda: tempfile.mkstemp(dir="/tmp")]
for index, attempt in enumerate(tries):
    try: attempt(); print("done", index)
    except OSError as error: pass`;
    const { stdout, stderr } = await runPython(sandbox, code);
    expect(stderr).toBe("");
    expect(stdout).toContain("PermissionError\n");
    expect(await outside(sandbox)).toBe(before);
  });

  test("nothing else changes, whatever JavaScript does", async () => {
    const sandbox = await confined();
    const before = await outside(sandbox);
    const code = `const fs = require("fs");
for (const attempt of [() => fs.writeFileSync("/workspace/a", "x"), () => fs.appendFileSync("/etc/passwd", "x"), () => fs.mkdirSync("/workspace/d"),
  () => fs.rmSync("/workspace", { recursive: true }), () => fs.renameSync("/etc/passwd", "/data/out/p"), () => fs.symlinkSync("/etc", "/workspace/s"),
  () => fs.copyFileSync("/etc/passwd", "/workspace/p"), () => fs.chmodSync("/workspace", 0o777)]) try { attempt(); console.log("done") } catch (error) { console.log("no") }`;
    const { stdout } = await runBytes(sandbox, ["js-exec", "-c", code]);
    expect(stdout.toString()).toBe("no\n".repeat(8));
    expect(await outside(sandbox)).toBe(before);
  });

  test("nothing else changes through the host's own calls", async () => {
    const sandbox = await confined();
    const before = await outside(sandbox);
    await sandbox.tarIn("/data/out", archive("own"));
    const readOnly = { code: "permission_denied", data: { errno: "EROFS" } };
    const { files } = sandbox;
    await expect(files.makeDirectory("/workspace/d")).rejects.toMatchObject(readOnly);
    await expect(files.rename("/data/out/own", "/workspace/own")).rejects.toMatchObject(readOnly);
    await expect(files.rename("/tmp", "/data/out/tmp")).rejects.toMatchObject(readOnly);
    await expect(files.remove("/workspace", { recursive: true })).rejects.toMatchObject(readOnly);
    await expect(files.remove("/data/out", { recursive: true })).rejects.toMatchObject(readOnly);
    await expect(sandbox.tarIn("/workspace", archive("own"))).rejects.toMatchObject(readOnly);
    await expect(sandbox.tarIn("/data", archive("own"))).rejects.toMatchObject(readOnly);
    await expect(sandbox.tarIn("/", archive("tmp/own"))).rejects.toMatchObject(readOnly);
    expect(await outside(sandbox)).toBe(before);
  });

  test("the error says why", async () => {
    const sandbox = await confined();
    const { stderr, exitCode } = await runShell(sandbox, "echo x > /workspace/a");
    expect(stderr).toBe("sh: /workspace/a: Read-only file system\n");
    expect(exitCode).toBe(1);
    await expect(sandbox.files.makeDirectory("/workspace/d")).rejects.toThrow(
      /read-only\. Write below one of/,
    );
  });

  test("the same attempts succeed without them", { timeout: 120_000 }, async () => {
    let succeeded = 0;
    const sandbox = await testSandbox(runtime);
    for (const attempt of attempts) {
      await runShell(sandbox, "mkdir -p folder out; echo kept > kept; touch -d 2020-01-01 kept");
      const state = async () => (await runShell(sandbox, "ls -laR /workspace /tmp; cat kept")).stdout;
      const before = await state();
      await runShell(sandbox, attempt, { cwd: "/workspace/out" });
      if ((await state()) !== before) succeeded += 1;
      await runShell(sandbox, "rm -rf /workspace/* /tmp/*");
    }
    expect(succeeded).toBeGreaterThan(attempts.length / 2);
  });
});

describe("the home folder", () => {
  test.each([
    [undefined, "/workspace"],
    [["/workspace", "/data"], "/workspace"],
    [["/"], "/workspace"],
    [["/data/out", "/tmp"], "/data/out"],
    [["/workspace/results"], "/workspace/results"],
    [[], "/workspace"],
  ])("with the write paths %j is %s", async (paths, home) => {
    const sandbox = await testSandbox(runtime, paths === undefined ? {} : { writePaths: paths });
    expect((await runShell(sandbox, "echo $HOME; cd ~ && pwd")).stdout).toBe(`${home}\n${home}\n`);
    const { exitCode } = await runShell(sandbox, "echo x > ~/a");
    expect(exitCode === 0).toBe(paths?.length !== 0);
  });

  test("is what the spec says where it says one", async () => {
    const sandbox = await testSandbox(runtime, { writePaths: ["/data"], env: { HOME: "/tmp" } });
    expect((await runShell(sandbox, "echo $HOME")).stdout).toBe("/tmp\n");
  });
});

test("a write path that cannot be a folder is refused", async () => {
  await expect(testSandbox(runtime, { writePaths: ["/etc/passwd"] })).rejects.toMatchObject({
    code: "invalid_argument",
    data: { field: "writePaths" },
  });
});

test("in both profiles, the runtime's own folders stay as they are", async () => {
  for (const profile of ["restricted", "root"] as const) {
    const sandbox = await testSandbox(runtime, { profile, writePaths: ["/"] });
    expect((await runShell(sandbox, "echo x > /workspace/a && rm /bin/cat")).exitCode).not.toBe(0);
    expect((await runShell(sandbox, "cat /workspace/a")).stdout).toBe("x\n");
  }
});
