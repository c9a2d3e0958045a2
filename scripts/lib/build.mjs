import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { hashFiles, listFiles } from "./hash-files.mjs";
import { withLock } from "./lock.mjs";
import { step } from "./log.mjs";
import { inProject, projectId } from "./project.mjs";
import { projectNode } from "./project-node.mjs";
import { run } from "./run.mjs";

const sourceFolders = ["src", "runtimes"];
const otherSources = ["tsconfig.json", "tsconfig.build.json", "package-lock.json", "scripts/lib/build.mjs"];
const stampFile = inProject(".cache", "built");

/** Builds dist/ when a source has changed since the last build; what the sources no longer make is not in it. */
export async function build({ signal } = {}) {
  await withLock(`build-${projectId}`, () => buildHoldingLock(signal), { signal });
}

async function buildHoldingLock(signal) {
  const wanted = hashFiles([...sourceFolders, ...otherSources]);
  if (existsSync(inProject("dist")) && readStamp() === wanted) return;
  await step("build", "compiling", () => compile(wanted, signal), "compiled");
}

function readStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, "utf8") : undefined;
}

/** Compiles into a fresh folder and puts it in the place of dist/, so that nobody sees half a build. */
async function compile(stamp, signal) {
  const fresh = inProject(".cache", `dist-${process.pid}`);
  const stale = inProject(".cache", `dist-stale-${process.pid}`);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  try {
    const compiler = inProject("node_modules", "typescript", "bin", "tsc");
    await run(projectNode(), [compiler, "-p", "tsconfig.build.json", "--outDir", fresh], { signal });
    nameCompiledFiles(fresh);
    copyAssets(fresh);
    if (existsSync(inProject("dist"))) renameSync(inProject("dist"), stale);
    renameSync(fresh, inProject("dist"));
    writeFileSync(stampFile, stamp);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(stale, { recursive: true, force: true });
  }
}

/** The compiler leaves declarations that import `./x.ts`; what is there is `./x.js`, and every version of TypeScript finds it. */
function nameCompiledFiles(target) {
  const sourceName = /((?:from |import\()"\.[^"]+)\.ts"/g;
  for (const path of readdirSync(target, { recursive: true }).filter((name) => name.endsWith(".d.ts"))) {
    const declarations = readFileSync(join(target, path), "utf8");
    writeFileSync(join(target, path), declarations.replaceAll(sourceName, '$1.js"'));
  }
}

/** Files beside the sources that are not TypeScript belong to the package as they are. */
function copyAssets(target) {
  for (const path of sourceFolders.flatMap(listFiles)) {
    if (path.endsWith(".ts")) continue;
    mkdirSync(dirname(join(target, path)), { recursive: true });
    cpSync(inProject(path), join(target, path));
  }
}
