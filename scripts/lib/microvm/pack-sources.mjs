import { existsSync, writeFileSync } from "node:fs";
import { inProject } from "../project.mjs";
import { run } from "../run.mjs";

/** Writes the checkout as it is now to an archive: what git tracks or would track, and dist/. */
export async function packSources(file, signal) {
  const listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { output } = await run("git", listing, { signal });
  const paths = output.split("\0").filter((path) => path !== "" && existsSync(inProject(path)));
  const list = `${file}.list`;
  writeFileSync(list, ["dist", ...new Set(paths)].join("\0"));
  await run("tar", ["--null", "--verbatim-files-from", "-T", list, "-cf", file], { signal });
}
