import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProgram } from "../../engine/debian-packages.mjs";
import { run } from "../../run.mjs";

/**
 * Unpacks Debian's kernel package below `folder`; nothing is installed. Resolves with `image` (the file to boot), `version`,
 * and `root`, the folder that has the modules in `lib/modules/<version>`.
 */
export async function fetchKernel(kernelPackage, folder, signal) {
  mkdirSync(folder, { recursive: true });
  await download(kernelPackage, folder, signal).catch(async () => {
    signal?.throwIfAborted();
    // The lists of what there is may be missing, or older than what the server still has.
    await run("apt-get", ["-qq", "update"], { signal, allowed: "any" });
    await download(kernelPackage, folder, signal);
  });
  const archive = readdirSync(folder).find((file) => file.endsWith(".deb"));
  const root = join(folder, "root");
  await run("dpkg-deb", ["--extract", join(folder, archive), root], { signal });
  const version = readdirSync(join(root, "lib", "modules"))[0];
  await run(findProgram("depmod"), ["-b", root, version], { signal });
  return { root, version, image: join(root, "boot", `vmlinuz-${version}`) };
}

/** Downloads the package that the general one depends on; its name holds the version. */
async function download(name, cwd, signal) {
  const { output } = await run("apt-cache", ["depends", "--important", name], { signal });
  const [, resolved] = /Depends: (linux-image-\S+)/.exec(output) ?? [];
  if (resolved === undefined) throw new Error(`apt knows no kernel: ${name} is not among its packages`);
  await run("apt-get", ["-qq", "-o", "APT::Sandbox::User=root", "download", resolved], { cwd, signal });
}

/** The files of modules with all that they need, in the order in which they load. */
export async function listModuleFiles(kernel, names, signal) {
  const args = ["-d", kernel.root, "-S", kernel.version, "--show-depends", "--all", ...names];
  const { output } = await run(findProgram("modprobe"), args, { signal });
  const files = [...output.matchAll(/^insmod (\S+)/gm)].map(([, file]) => file);
  return [...new Set(files)];
}

/** Copies modules into the tree of a root disk, so that modprobe finds them there. */
export async function installModules(kernel, names, tree, signal) {
  const from = join(kernel.root, "lib", "modules", kernel.version);
  const to = join(tree, "usr", "lib", "modules", kernel.version);
  for (const file of await listModuleFiles(kernel, names, signal)) {
    const target = join(to, file.slice(from.length));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
  for (const list of ["modules.order", "modules.builtin", "modules.builtin.modinfo"])
    cpSync(join(from, list), join(to, list));
  await run(findProgram("depmod"), ["-b", tree, kernel.version], { signal });
}
