import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { basename, join } from "node:path";
import { installPackages } from "../engine/debian-packages.mjs";
import { cacheFolder, makeArchive, testImageArchive } from "../engine/test-image.mjs";
import { hashFiles } from "../hash-files.mjs";
import { withLock } from "../lock.mjs";
import { step } from "../log.mjs";
import { isAlive, processIdentity } from "../process-identity.mjs";
import { buildMachine } from "./build/build-machine.mjs";
import { buildPackages } from "./build/recipe.mjs";

const prefix = "microvm-";
const partialSuffix = ".partial-";

/** Another checkout may still need the machine that it used this recently. */
const keptForMs = 24 * 3600_000;

/**
 * The folder with the machine's `kernel`, `initial-disk` and `disk`, built when nothing of the kind is cached; one machine
 * serves every checkout that has the same inputs. `installed` is awaited before npm's packages are copied.
 */
export async function ensureMachineFiles({ installed, signal } = {}) {
  const folder = join(cacheFolder, `${prefix}${hashInputs()}`);
  return await withLock(
    "microvm-machine",
    async () => {
      if (!existsSync(folder)) {
        await installPackages(buildPackages, signal);
        await makeArchive(signal);
        const build = () => buildInto(folder, { installed, signal });
        await step("microvm", "building the machine that the microVMs run in", build, "built");
      }
      const now = new Date();
      utimesSync(folder, now, now);
      pruneOthers(folder);
      return folder;
    },
    { signal },
  );
}

function hashInputs() {
  const inputs = hashFiles(["package-lock.json", "scripts/lib/microvm/build"]);
  return createHash("sha256").update(inputs).update(basename(testImageArchive)).digest("hex").slice(0, 16);
}

async function buildInto(folder, options) {
  const partial = `${folder}${partialSuffix}${processIdentity(process.pid)}`;
  const scratch = join(partial, "scratch");
  try {
    mkdirSync(scratch, { recursive: true });
    await buildMachine(partial, scratch, options);
    rmSync(scratch, { recursive: true });
    // Another checkout may have been faster; what it made is the same.
    if (!existsSync(folder)) renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Removes what killed builds left, and machines that nobody has used for a while. */
function pruneOthers(folder) {
  for (const name of readdirSync(cacheFolder).filter((entry) => entry.startsWith(prefix))) {
    const path = join(cacheFolder, name);
    const [, builder] = name.split(partialSuffix);
    const isNeeded =
      builder === undefined ? Date.now() - statSync(path).mtimeMs < keptForMs : isAlive(builder);
    if (path !== folder && !isNeeded) rmSync(path, { recursive: true, force: true });
  }
}
