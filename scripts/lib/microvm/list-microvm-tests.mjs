import { readdirSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { inProject, projectFolder } from "../project.mjs";

/**
 * What each file is begun before: what tells most comes first, for where the time does not suffice for all, and of the rest what takes
 * long comes first, so that the machines end together. A file that is not named here comes last.
 */
const order = [
  "machine",
  "surfaces",
  "reaping",
  "conformance-exec",
  "attacks-network",
  "attacks-boundary",
  "conformance-lifecycle",
  "conformance-limits",
  "conformance-files",
  "conformance-streams",
  "conformance-owners",
  "conformance-egress",
  "conformance-snapshots",
  "conformance-rest",
  "connections",
  "egress",
  "images",
  "vendor-traces",
  "probe",
];

/** The files of test/microvm that the arguments name, all where they name none, in the order in which they are run. */
export function listMicrovmTests(named) {
  const all = readdirSync(inProject("test", "microvm"), { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join("test", "microvm", name));
  const wanted = named.map((name) => relative(projectFolder, resolve(projectFolder, name)));
  const chosen = wanted.length === 0 ? all : all.filter((file) => wanted.some((part) => file.includes(part)));
  return chosen.sort((one, other) => placeOf(one) - placeOf(other) || (one < other ? -1 : 1));
}

function placeOf(file) {
  const place = order.indexOf(basename(file, ".test.ts"));
  return place < 0 ? order.length : place;
}
