import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerRuntime } from "../../../runtimes/docker/index.ts";
import type { RuntimeSandbox } from "../../../src/runtime/index.ts";
import { describeWith } from "../../support/components.ts";
import { runCommand, testSpec } from "../../support/run-command.ts";
import { FakeGateway } from "./support/fake-gateway.ts";

const mib = 1024 * 1024;

describeWith("docker", "write paths of a Docker sandbox", (host) => {
  const runtime = dockerRuntime({ host });
  const made: RuntimeSandbox[] = [];
  const create = async (
    writePaths: readonly string[] | undefined,
    fields: Parameters<typeof testSpec>[0] = {},
  ) => {
    const sandbox = await runtime.create(testSpec({ ...(writePaths && { writePaths }), ...fields }));
    made.push(sandbox);
    return sandbox;
  };
  let sandbox: RuntimeSandbox;
  beforeAll(async () => {
    sandbox = await create(["/workspace/out", "/data/results"], {
      gateway: new FakeGateway([80], "authority"),
    });
  });
  afterAll(async () => {
    await Promise.all(made.map((each) => each.destroy()));
    await runtime.close();
  });
  const shell = (script: string, within = sandbox, user?: string) =>
    runCommand(within, ["sh", "-c", script], user === undefined ? {} : { user });

  /** The folders of a sandbox that a user can make a file in, found by trying every one, but for those of processes. */
  async function writableFolders(within: RuntimeSandbox, user?: string): Promise<string[]> {
    const script = `import os, tempfile
for folder, _, _ in os.walk("/"):
  if folder.startswith("/proc/") and folder.split("/")[2].isdigit(): continue
  try:
    fd, name = tempfile.mkstemp(dir=folder)
    os.write(fd, b"x")
  except OSError: continue
  os.unlink(name)
  print(folder)`;
    const { stdout } = await runCommand(
      within,
      ["python3", "-B", "-c", script],
      user === undefined ? {} : { user },
    );
    return stdout.trim().split("\n").sort();
  }

  test.each([undefined, "4242:4242"])(
    "files can be written in the write paths alone (user %s)",
    async (user) => {
      expect(await writableFolders(sandbox, user)).toEqual(["/data/results", "/workspace/out"]);
    },
  );

  test("without write paths there are more places: the search finds them", async () => {
    const usual = await writableFolders(await create(undefined));
    expect(usual).toEqual(expect.arrayContaining(["/dev/shm", "/tmp", "/var/tmp", "/workspace"]));
  });

  test.each<[string[], string[]]>([
    [[], []],
    [["/tmp"], ["/tmp"]],
    [["/tmp/deep/er"], ["/tmp/deep/er"]],
    [
      ["/workspace", "/dev/shm"],
      ["/dev/shm", "/workspace"],
    ],
    [
      ["/run", "/var/tmp"],
      ["/run", "/var/tmp"],
    ],
  ])("%j gives just that", async (writePaths, expected) => {
    const confined = await create(writePaths);
    expect((await writableFolders(confined)).filter(Boolean)).toEqual(expected);
  });

  describe("a write elsewhere fails by", () => {
    test.each([
      ["its path", "echo x > /workspace/x"],
      ["..", "echo x > /workspace/out/../x"],
      ["a symlink", "ln -s /workspace out/link && echo x > out/link/x"],
      ["a symlink to a file", "ln -s /etc/passwd out/passwd && echo x >> out/passwd"],
      ["a hard link", "echo x > out/x && ln out/x /workspace/x"],
      ["a hard link to the outside", "ln /etc/passwd out/hard && echo x >> out/hard"],
      ["a rename", "echo x > out/y && mv out/y /workspace/y"],
      ["a folder put in place of the write path", "mv out other && mkdir out"],
      ["/proc/self/root", "echo x > /proc/self/root/workspace/x"],
      ["/proc/1/root", "echo x > /proc/1/root/workspace/x"],
      ["an open file's descriptor", "exec 3< /etc/hostname; echo x > /proc/self/fd/3"],
      ["/dev", "echo x > /dev/x"],
      ["a remount", "mount -o remount,rw / || mount -o remount,rw /dev/shm || mount --bind out /workspace"],
      ["a new namespace", "unshare -Urm sh -c 'mount -t tmpfs none /mnt && echo x > /mnt/x'"],
      ["POSIX shared memory", "python3 -c 'import os; os.open(\"/dev/shm/x\", os.O_CREAT | os.O_RDWR)'"],
      ["a message queue", "echo > /dev/mqueue/x"],
      ["the certificates", "echo x > /run/ctx-sandbox/x"],
      ["chmod of the folder above", "chmod 777 /workspace && echo x > /workspace/x"],
    ])("%s", async (_way, attack) => {
      const { exitCode, stderr } = await shell(`cd /workspace; ${attack}`);
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(
        /Read-only|Permission denied|not permitted|cross-device|must be superuser|busy|too many levels/i,
      );
    });

    test("nothing of it was written", async () => {
      const { stdout } = await shell(
        "find / -xdev -type f -name [xy]; ls /workspace /dev/shm /dev/mqueue; grep -x x /etc/passwd",
      );
      expect(stdout).toBe("/dev/mqueue:\n\n/dev/shm:\n\n/workspace:\nout\n");
    });
  });

  test("root and names, which may stand for root, are refused as users", async () => {
    for (const user of ["0", "0:0", "00", "root", "nobody", "1000:root"]) {
      await expect(shell("true", sandbox, user)).rejects.toMatchObject({
        code: "unsupported",
        data: { field: "user" },
      });
    }
    const other = dockerRuntime({ host });
    const attached = await other.attach(sandbox.name);
    await expect(shell("true", attached, "0")).rejects.toMatchObject({ code: "unsupported" });
    await other.close();
  });

  test("files go in and out of a write path, and a refusal elsewhere is permission_denied", async () => {
    await sandbox.files.makeDirectory("/workspace/out/folder");
    expect((await sandbox.files.stat("/workspace/out/folder")).kind).toBe("directory");
    await expect(sandbox.files.makeDirectory("/workspace/folder")).rejects.toMatchObject({
      code: "permission_denied",
    });
    await expect(sandbox.files.makeDirectory("/etc/folder")).rejects.toMatchObject({
      code: "permission_denied",
    });
  });

  test("the paths share diskMib, so that all together stay within it", async () => {
    const fresh = await create(["/a", "/tmp", "/b"]);
    const script =
      "for f in /a /b; do head -c 99999999 /dev/zero > $f/big; stat -c %s $f/big; rm $f/big; done";
    const { stdout } = await shell(script, fresh);
    expect(stdout).toBe(`${8 * mib}\n${8 * mib}\n`);
  });

  test("HOME is the workspace where that can be written to, else the first path", async () => {
    expect((await shell("echo $HOME; cd && pwd")).stdout).toBe("/workspace/out\n/workspace/out\n");
    expect((await shell("echo $HOME", await create(["/tmp", "/workspace"]))).stdout).toBe("/workspace\n");
  });

  test.each([["/"], ["/etc"], ["/usr"], ["/proc/sys"], ["/dev"], ["/sys/x"], ["/run/ctx-sandbox"]])(
    "%s is refused as a write path, and nothing is left",
    async (path) => {
      await expect(create([path])).rejects.toMatchObject({
        code: "unsupported",
        data: { capability: "writePaths" },
      });
    },
  );

  test("a folder that the image declares as a volume can hold a write path, and is closed but for that", async () => {
    const image = "ctx-sandbox-test:volume";
    const engine = new Docker({ socketPath: host.replace("unix://", "") });
    const container = await engine.createContainer({ Image: "python:3.11-slim", Entrypoint: ["true"] });
    await container.commit({ repo: "ctx-sandbox-test", tag: "volume", changes: "VOLUME /declared" });
    await container.remove();
    try {
      const gateway = new FakeGateway([80], "authority");
      const confined = await create(["/declared/in"], { image, gateway });
      expect(await writableFolders(confined)).toEqual(["/declared/in"]);
      await confined.destroy();
    } finally {
      await engine.getImage(image).remove({ force: true });
    }
  });

  test("the profile root is refused with write paths", async () => {
    await expect(create(["/tmp"], { profile: "root" })).rejects.toMatchObject({ code: "unsupported" });
  });

  test("stopping and starting keeps the files of write paths", async () => {
    await shell("echo kept > /data/results/file");
    await sandbox.stop({ graceMs: 0 });
    await sandbox.start();
    expect((await shell("cat /data/results/file")).stdout).toBe("kept\n");
  });
});
