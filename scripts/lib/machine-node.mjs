import { delimiter, sep } from "node:path";
import { inProject } from "./project.mjs";

const projectBinaries = inProject("node_modules", ".bin");

/** Whether this script is run by a Node that lies in node_modules, and that an install takes away under its own feet. */
export function isRunByProjectNode() {
  return process.execPath.startsWith(inProject("node_modules") + sep);
}

/** The Node of the machine, to be run in {@link environmentWithoutProjectBinaries}. */
export function machineNode() {
  return isRunByProjectNode() ? "node" : process.execPath;
}

/** Our environment without node_modules/.bin, which npm puts first in the PATH. */
export function environmentWithoutProjectBinaries() {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== projectBinaries);
  return { ...process.env, PATH: path.join(delimiter) };
}
