import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../lock.mjs";
import { step } from "../log.mjs";
import { run } from "../run.mjs";

/** Folders of programs; root's PATH does not always have them all. */
const programFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Whether this is Debian and we are root, so that what is missing can be installed. */
export function canInstallPackages() {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/etc/os-release"))
    return false;
  return /^ID="?debian"?$/m.test(readFileSync("/etc/os-release", "utf8"));
}

/** The full path of a program, or undefined. */
export function findProgram(name) {
  return programFolders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Installs those of `packages` (package → a program of it) whose program is missing. */
export async function installPackages(packages, signal) {
  await withLock("apt", () => installMissing(packages, signal), { signal });
}

async function installMissing(packages, signal) {
  const missing = Object.keys(packages).filter((name) => findProgram(packages[name]) === undefined);
  if (missing.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", PATH: programFolders.join(":") };
  const apt = (args, allowed) =>
    run("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=300", ...args], { env, allowed, signal });
  await step(
    "apt",
    `installing ${missing.join(", ")}`,
    async () => {
      // A source that does not answer is no obstacle as long as the packages are found in another.
      await apt(["update"], "any");
      await apt(["install", "-y", "--no-install-recommends", ...missing]);
    },
    "installed",
  );
}
