import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { hashFiles } from "./hash-files.mjs";
import { withLock } from "./lock.mjs";
import { step } from "./log.mjs";
import { environmentWithoutProjectBinaries, machineNode } from "./machine-node.mjs";
import { inProject, projectId } from "./project.mjs";
import { ensureProjectNode, projectNode } from "./project-node.mjs";
import { run } from "./run.mjs";

const stampFile = inProject("node_modules", ".ctx-sandbox-installed");

/**
 * Installs the npm packages when there are none, or when package-lock.json or this script has changed since; else does nothing.
 * No package's install script is run: nothing here needs one, and the outcome is the same with every npm.
 */
export async function install({ signal } = {}) {
  await withLock(`install-${projectId}`, () => installHoldingLock(signal), { signal });
}

async function installHoldingLock(signal) {
  const wanted = hashFiles(["package-lock.json", "scripts/lib/install.mjs"]);
  if (readStamp() !== wanted) {
    await step(
      "packages",
      "installing with npm ci",
      () => npm(["ci", "--ignore-scripts"], signal),
      "installed",
    );
  }
  await ensureProjectNode(signal);
  if (readStamp() === wanted) return;
  await addSkippedPackages(signal);
  writeFileSync(stampFile, wanted);
}

function readStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, "utf8") : undefined;
}

/**
 * npm leaves out optional packages that want a newer Node than the one it runs on, though it is a newer one that will load them: the
 * programs of microsandbox are one. Only a Node of the project's own finds any.
 */
async function addSkippedPackages(signal) {
  const node = projectNode();
  const program = npmProgram();
  if (node === machineNode() || program === undefined) return;
  const args = [program, ...quietly(["install", "--no-save", "--ignore-scripts"])];
  await step(
    "packages",
    "adding those that need a newer Node than the machine's",
    () => run(node, args, { env: environmentWithoutProjectBinaries(), signal }),
    "added",
  );
}

async function npm(args, signal) {
  const how = { env: environmentWithoutProjectBinaries(), signal };
  const program = npmProgram();
  if (program !== undefined) return await run(machineNode(), [program, ...quietly(args)], how);
  return await run(process.platform === "win32" ? "npm.cmd" : "npm", quietly(args), how);
}

function quietly(args) {
  return [...args, "--loglevel=error", "--no-audit", "--no-fund"];
}

/** The script of the npm that started this script, else of the one in the PATH; undefined when that is no script. */
function npmProgram() {
  const started = process.env.npm_execpath;
  if (started !== undefined && existsSync(started)) return started;
  const folders = (environmentWithoutProjectBinaries().PATH ?? "").split(delimiter);
  const found = folders.map((folder) => join(folder, "npm")).find(existsSync);
  const file = found && realpathSync(found);
  return file?.endsWith("npm-cli.js") ? file : undefined;
}
