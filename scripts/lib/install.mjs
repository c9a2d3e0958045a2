import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hashFiles } from "./hash-files.mjs";
import { withLock } from "./lock.mjs";
import { step } from "./log.mjs";
import { environmentWithoutProjectBinaries, machineNode } from "./machine-node.mjs";
import { inProject, projectId } from "./project.mjs";
import { ensureProjectNode } from "./project-node.mjs";
import { run } from "./run.mjs";

const stampFile = inProject("node_modules", ".ctx-sandbox-installed");

/**
 * Installs the npm packages when there are none or when package-lock.json has changed since; else does nothing.
 * No package's install script is run: nothing here needs one, and the outcome is the same with every npm.
 */
export async function install({ signal } = {}) {
  await withLock(`install-${projectId}`, () => installHoldingLock(signal), { signal });
}

async function installHoldingLock(signal) {
  const wanted = hashFiles(["package-lock.json"]);
  if (readStamp() !== wanted) {
    await step(
      "packages",
      "installing with npm ci",
      () => npm(["ci", "--ignore-scripts"], signal),
      "installed",
    );
  }
  await ensureProjectNode(signal);
  if (readStamp() !== wanted) writeFileSync(stampFile, wanted);
}

function readStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, "utf8") : undefined;
}

/** Runs npm: the one that started this script, else the one of the PATH. */
async function npm(args, signal) {
  const quiet = [...args, "--loglevel=error", "--no-audit", "--no-fund"];
  const how = { env: environmentWithoutProjectBinaries(), signal };
  const started = process.env.npm_execpath;
  if (started !== undefined && existsSync(started)) return await run(machineNode(), [started, ...quiet], how);
  return await run(process.platform === "win32" ? "npm.cmd" : "npm", quiet, how);
}
