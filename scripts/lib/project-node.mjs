import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { step } from "./log.mjs";
import { environmentWithoutProjectBinaries, isRunByProjectNode, machineNode } from "./machine-node.mjs";
import { inProject } from "./project.mjs";
import { run } from "./run.mjs";

const localNode = inProject("node_modules", ".bin", "node");

/**
 * The Node that builds, tests and runs the examples. They need a Node that runs TypeScript as it is (22.18, 23.6 and
 * later); on a machine with an older one it is the devDependency `node`.
 */
export function projectNode() {
  return existsSync(localNode) || !isMachineNodeEnough() ? localNode : process.execPath;
}

/** Fetches the binary of the devDependency `node` when the machine's own Node is too old and it is not there yet. */
export async function ensureProjectNode(signal) {
  if (existsSync(localNode) || isMachineNodeEnough()) return;
  const cwd = inProject("node_modules", "node");
  const env = environmentWithoutProjectBinaries();
  // What the package would do in its install script; see install.mjs for why those are not run.
  await step(
    "node",
    "the machine's own is too old; fetching one for the project alone",
    () => run(machineNode(), ["installArchSpecificPackage.js"], { cwd, env, signal }),
    "fetched",
  );
  if (existsSync(localNode)) return;
  mkdirSync(inProject("node_modules", ".bin"), { recursive: true });
  rmSync(localNode, { force: true });
  symlinkSync("../node/bin/node", localNode);
}

/** A project's Node that runs this script was fetched because the machine's is too old. */
function isMachineNodeEnough() {
  if (isRunByProjectNode()) return false;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}
