import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { findProgram } from "../../engine/debian-packages.mjs";
import { imageConfiguration, testImage, testImageArchive } from "../../engine/test-image.mjs";
import { run } from "../../run.mjs";
import { places } from "./recipe.mjs";

const msb = `${places.nodeModules}/@superradcompany/microsandbox-linux-x64-gnu/bin/msb`;

/** The room that the raw disk of the image has beyond its files. */
const diskSizeMib = 512;

/** Puts the tests' image into the tree three times: in the cache of microsandbox, as a folder, and as a raw disk. */
export async function loadImage(tree, folder, signal) {
  const imageFolder = join(tree, places.imageFolder);
  mkdirSync(imageFolder, { recursive: true });
  await run("tar", ["-xf", testImageArchive, "-C", imageFolder], { signal });
  const disk = ["-q", "-t", "ext4", "-O", "^has_journal", "-d", imageFolder, join(tree, places.imageDisk)];
  await run(findProgram("mke2fs"), [...disk, `${diskSizeMib}M`], { signal });
  const archive = join(tree, "tmp", "image.tar");
  await makeDockerArchive(join(folder, "image"), archive, signal);
  // In the tree itself, because microsandbox remembers where its files lie; loading an image needs no KVM.
  const env = { PATH: "/usr/bin:/bin", HOME: "/root", MSB_HOME: places.microsandboxHome };
  await run(
    findProgram("chroot"),
    [tree, msb, "load", "--quiet", "--input", "/tmp/image.tar", "--tag", testImage],
    {
      env,
      signal,
    },
  );
  rmSync(archive);
}

/** Wraps the image's files as `docker save` does: one layer, its configuration, and a list of both. */
async function makeDockerArchive(folder, archive, signal) {
  mkdirSync(folder, { recursive: true });
  const diffId = `sha256:${await hashFile(testImageArchive)}`;
  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: imageConfiguration(),
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created_by: "mmdebstrap" }],
  });
  const configFile = `${createHash("sha256").update(config).digest("hex")}.json`;
  const manifest = [{ Config: configFile, RepoTags: [testImage], Layers: ["layer.tar"] }];
  writeFileSync(join(folder, configFile), config);
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  symlinkSync(testImageArchive, join(folder, "layer.tar"));
  const members = [configFile, "layer.tar", "manifest.json"];
  await run("tar", ["--dereference", "-C", folder, "-cf", archive, ...members], { signal });
}

async function hashFile(file) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
