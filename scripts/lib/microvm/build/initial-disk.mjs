import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { findProgram } from "../../engine/debian-packages.mjs";
import { run } from "../../run.mjs";
import { listModuleFiles } from "./kernel.mjs";
import { places, recipe } from "./recipe.mjs";

const init = `#!/bin/sh
busybox=/bin/busybox
$busybox mount -t devtmpfs dev /dev
for module in /modules/*; do $busybox insmod $module; done
$busybox mount -t ext4 -o rw,noatime /dev/vda /root && $busybox umount /dev && exec $busybox switch_root /root ${places.init}
`;

/** Makes the disk in memory that the kernel starts with: it loads what the root disk needs, and goes on there. */
export async function makeInitialDisk(kernel, folder, file, signal) {
  for (const name of ["bin", "dev", "modules", "root"]) mkdirSync(join(folder, name), { recursive: true });
  cpSync(findProgram("busybox"), join(folder, "bin", "busybox"));
  symlinkSync("busybox", join(folder, "bin", "sh"));
  writeFileSync(join(folder, "init"), init);
  chmodSync(join(folder, "init"), 0o755);
  const modules = await listModuleFiles(kernel, recipe.bootModules, signal);
  for (const [index, module] of modules.entries()) {
    cpSync(module, join(folder, "modules", `${String(index).padStart(2, "0")}-${basename(module)}`));
  }
  const pack = 'cd "$1" && find . | cpio --quiet --create --format=newc > "$2"';
  await run("sh", ["-c", pack, "sh", folder, file], { signal });
}
