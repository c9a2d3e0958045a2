import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { say } from "../log.mjs";
import { run } from "../run.mjs";
import { engineVersion } from "./engine-api.mjs";

/** Removes the engine folders of checkouts that do not exist any more and whose engine does not run. */
export async function pruneEngines(enginesFolder, folderPrefix) {
  for (const name of readdirSync(enginesFolder).filter((entry) => entry.startsWith(folderPrefix))) {
    const folder = join(enginesFolder, name);
    const checkout = readText(join(folder, "checkout"));
    if (checkout === undefined || existsSync(checkout)) continue;
    if ((await engineVersion(`unix://${join(folder, "docker.sock")}`)) !== undefined) continue;
    say("docker", `removing the engine of ${checkout}, which is gone`);
    await unmountBelow(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An engine that was killed leaves mounts, and a folder with a mount in it cannot be removed. */
async function unmountBelow(folder) {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const points = mounts.map((line) => line.split(" ")[4]).filter((point) => point?.startsWith(`${folder}/`));
  for (const point of points.reverse()) await run("umount", ["--lazy", point]);
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
