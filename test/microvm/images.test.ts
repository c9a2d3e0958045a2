import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, realpath, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type PrepareImageOptions, prepareImage } from "../../runtimes/microsandbox/image.ts";
import { loadSdk } from "../../runtimes/microsandbox/sdk.ts";
import { writeTar } from "../../src/util/tar/index.ts";
import { requireComponent } from "../support/components.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

const standard = "python:3.11-slim";

async function setUp() {
  const sdk = await loadSdk();
  const folder = await realpath(await temporaryFolder());
  const [images, diskFolder] = [join(folder, "images"), join(folder, "own")];
  await Promise.all([mkdir(images), mkdir(diskFolder)]);
  const builder = (name: string) =>
    sdk.Sandbox.builder(name)
      .cpus(1)
      .memory(256)
      .security("default")
      .disableNetwork()
      .detached(true)
      .quietLogs();
  const prepare = (image: string, options: Partial<PrepareImageOptions> = {}) =>
    prepareImage(sdk, image, {
      pull: "never",
      profile: "restricted",
      diskFolder,
      hostImages: [images],
      ...options,
    });
  /** What a command prints in a microVM of the image. */
  const run = async (image: string, command: string, options: Partial<PrepareImageOptions> = {}) => {
    const prepared = await prepare(image, options);
    const sandbox = await prepared.create(prepared.apply(builder(`images-${Date.now()}`)));
    onTestFinished(async () => await sandbox.destroy({ force: true }).catch(() => {}));
    return (await sandbox.exec("sh", ["-c", command])).stdout();
  };
  return { sdk, images, diskFolder, builder, prepare, run };
}

test("a reference that is there boots, and one that is not is image_not_found", async (context) => {
  requireComponent("microvm", context);
  const { run } = await setUp();
  expect(await run(standard, "echo boots")).toBe("boots\n");
  await expect(run("nowhere.invalid/none:1", "true")).rejects.toMatchObject({ code: "image_not_found" });
});

test("a registry that does not answer is image_unavailable", async (context) => {
  requireComponent("microvm", context);
  const { run } = await setUp();
  await expect(run("127.0.0.1:9/none:1", "true", { pull: "missing" })).rejects.toMatchObject({
    code: "image_unavailable",
  });
});

test("a disk is a private copy: the host's own stays as it was", async (context) => {
  requireComponent("microvm", context);
  const { images, diskFolder, run } = await setUp();
  const root = join(images, "tree");
  // The smallest root file system: a shell and what it is linked with.
  for (const part of ["bin", "etc", "proc", "sys", "dev", "tmp", "run"])
    await mkdir(join(root, part), { recursive: true });
  await writeFile(join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\n");
  for (const file of ["/bin/sh", ...linkedWith("/bin/sh")]) {
    execFileSync("cp", ["-L", "--parents", file, root]);
  }
  const disk = join(images, "root.raw");
  await writeFile(disk, "");
  await truncate(disk, 96 << 20);
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-d", root, disk]);
  const before = digestOf(disk);
  expect(await run(`disk:${disk}`, "echo changed > /made && read -r line < /made && echo $line")).toBe(
    "changed\n",
  );
  expect(digestOf(disk)).toBe(before);
  expect(await readdir(diskFolder)).toEqual(["root.raw"]);
});

test("an archive is loaded once, and cannot take the name of another image", async (context) => {
  requireComponent("microvm", context);
  const { sdk, images, diskFolder, prepare } = await setUp();
  const digest = async () => (await sdk.Image.get(standard)).manifestDigest;
  const before = await digest();
  const archive = join(images, "evil.tar");
  await writeFile(archive, await archiveNamed(standard));
  await prepare(`archive:${archive}`);
  const loaded = (await sdk.Image.list()).filter(({ reference }) =>
    reference.startsWith("ctx-sandbox.invalid/"),
  );
  expect(loaded).toHaveLength(1);
  onTestFinished(() => sdk.Image.remove(loaded[0]?.reference ?? "", { force: true }));
  expect(await digest()).toBe(before);
  await prepare(`archive:${archive}`);
  expect(await readdir(diskFolder)).toEqual([]);

  // Loaded as it is, an archive does take a name from the one that had it.
  const copied = join(images, "copied.tar");
  const victim = "victim.invalid/image:1";
  onTestFinished(() => sdk.Image.remove(victim, { force: true }));
  const digests: (string | null)[] = [];
  for (const content of ["one", "two"]) {
    await writeFile(copied, await archiveNamed(victim, content));
    await sdk.Image.load(copied);
    digests.push((await sdk.Image.get(victim)).manifestDigest);
  }
  expect(digests[1]).not.toBe(digests[0]);
});

test("what is no archive is told, and leaves nothing", async (context) => {
  requireComponent("microvm", context);
  const { images, diskFolder, prepare } = await setUp();
  const archive = join(images, "none.tar");
  await writeFile(archive, "no tar");
  await expect(prepare(`archive:${archive}`)).rejects.toMatchObject({ code: "image_unavailable" });
  expect(await readdir(diskFolder)).toEqual([]);
});

test("what is not opened is refused, and a shared folder for root", async (context) => {
  requireComponent("microvm", context);
  const { images, prepare } = await setUp();
  await expect(prepare(`folder:${images}`, { hostImages: [] })).rejects.toMatchObject({
    code: "unsupported",
  });
  await expect(prepare(`folder:${images}`, { profile: "root" })).rejects.toMatchObject({
    code: "unsupported",
  });
  expect((await prepare(`folder:${images}`)).isReadOnly).toBe(true);
});

test("a creation that is cancelled leaves no microVM", async (context) => {
  requireComponent("microvm", context);
  const { sdk, builder, prepare } = await setUp();
  const controller = new AbortController();
  const prepared = await prepare(standard, { signal: controller.signal });
  const creating = prepared.create(prepared.apply(builder("images-cancelled")));
  setTimeout(() => controller.abort(), 500);
  await expect(creating).rejects.toMatchObject({ code: "cancelled" });
  let seen = false;
  await waitUntil("the microVM came and went", async () => {
    const exists = await sdk.Sandbox.get("images-cancelled").then(
      () => true,
      () => false,
    );
    seen ||= exists;
    return seen && !exists;
  });
});

function linkedWith(program: string): string[] {
  const listing = execFileSync("ldd", [program], { encoding: "utf8" });
  return [...listing.matchAll(/(\/\S+) \(/g)].map(([, file = ""]) => file);
}

function digestOf(file: string): string {
  return execFileSync("sha256sum", [file], { encoding: "utf8" }).split(" ")[0] ?? "";
}

/** What `docker save` would write of a tiny image of this name. */
async function archiveNamed(reference: string, content = "content"): Promise<Buffer> {
  const layer = await tarOf({ file: content });
  const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
  const rootfs = { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] };
  const config = JSON.stringify({ architecture: "amd64", os: "linux", config: {}, rootfs });
  const name = `${sha256(config)}.json`;
  const manifest = [{ Config: name, RepoTags: [reference], Layers: ["layer/layer.tar"] }];
  return await tarOf({ [name]: config, "layer/layer.tar": layer, "manifest.json": JSON.stringify(manifest) });
}

async function tarOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const entries = async function* () {
    for (const [name, content] of Object.entries(files)) {
      const data = Buffer.from(content);
      const body = async function* () {
        yield data;
      };
      const facts = { type: "file" as const, mode: 0o644, modifiedAt: new Date(0), linkName: "" };
      yield { name, size: data.length, ...facts, body: body() };
    }
  };
  const pieces: Uint8Array[] = [];
  for await (const piece of writeTar(entries())) pieces.push(piece);
  return Buffer.concat(pieces);
}
