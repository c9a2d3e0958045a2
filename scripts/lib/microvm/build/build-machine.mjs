import { chmodSync, cpSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram } from "../../engine/debian-packages.mjs";
import { run } from "../../run.mjs";
import { settleAll } from "../../settle-all.mjs";
import { makeInitialDisk } from "./initial-disk.mjs";
import { fetchKernel, installModules } from "./kernel.mjs";
import { loadImage } from "./load-image.mjs";
import { installNpmPackages } from "./npm-packages.mjs";
import { places, recipe } from "./recipe.mjs";

const initFile = join(dirname(fileURLToPath(import.meta.url)), "machine-init.sh");

/**
 * Makes `kernel`, `initial-disk` and `disk` in `target`, with `scratch` for what is only needed meanwhile. The
 * archive of the tests' image must be there, and the npm packages installed once `installed` has resolved.
 */
export async function buildMachine(target, scratch, { installed, signal }) {
  const tree = join(scratch, "tree");
  mkdirSync(tree, { recursive: true });
  const [kernel] = await settleAll([
    fetchKernel(recipe.kernelPackage, join(scratch, "kernel"), signal),
    makeDebian(tree, scratch, signal),
  ]);
  cpSync(kernel.image, join(target, "kernel"));
  await makeInitialDisk(kernel, join(scratch, "initial-disk"), join(target, "initial-disk"), signal);
  await installModules(kernel, recipe.modules, tree, signal);
  await installed;
  await installNpmPackages(tree, scratch, signal);
  await loadImage(tree, scratch, signal);
  for (const name of ["control", "project"]) mkdirSync(join(tree, name));
  cpSync(initFile, join(tree, places.init));
  chmodSync(join(tree, places.init), 0o755);
  await makeDisk(tree, join(target, "disk"), signal);
}

async function makeDebian(tree, scratch, signal) {
  const archive = join(scratch, "debian.tar");
  const { suite, variant, packages, leftOut } = recipe;
  const excluded = leftOut.map((pattern) => `--dpkgopt=path-exclude=${pattern}`);
  // What is made here is thrown away when it is interrupted, so that nothing is gained by writing it through to the disk.
  const unsafe = "--dpkgopt=force-unsafe-io";
  const options = ["--quiet", `--variant=${variant}`, `--include=${packages.join(",")}`, unsafe, ...excluded];
  await run("mmdebstrap", [...options, suite, archive], { signal });
  await run("tar", ["-xf", archive, "-C", tree], { signal });
}

async function makeDisk(tree, file, signal) {
  writeFileSync(file, "");
  truncateSync(file, recipe.diskSizeGib * 2 ** 30);
  const options = ["-q", "-t", "ext4", "-O", "^has_journal", "-E", "lazy_itable_init=1,root_owner=0:0"];
  await run(findProgram("mke2fs"), [...options, "-d", tree, file], { signal });
}
