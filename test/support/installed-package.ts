import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProgramOptions, type ProgramResult, runNode, runProgram } from "./run-program.ts";

/** The package as a user gets it: packed, and installed in a folder of its own. */
export interface InstalledPackage {
  /** The folder in whose node_modules it is. */
  readonly folder: string;
  /** Paths in the tarball. */
  readonly packedFiles: readonly string[];
  /** Runs a module's text there. */
  runModule(source: string, options?: ProgramOptions): Promise<ProgramResult>;
  /** Runs the command of the package. */
  runCommand(args: readonly string[], options?: ProgramOptions): Promise<ProgramResult>;
  remove(): Promise<void>;
}

/** Packs this checkout and installs the tarball without the optional dependencies. */
export async function installPackage(): Promise<InstalledPackage> {
  const folder = await mkdtemp(join(tmpdir(), "ctx-sandbox-package-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const packedFiles = await packAndInstall(folder);
    return {
      folder,
      packedFiles,
      runModule: (source, options) =>
        runNode(["--input-type=module", "-e", source], { cwd: folder, ...options }),
      runCommand: (args, options) =>
        runProgram(join(folder, "node_modules", ".bin", "ctx-sandbox"), args, { cwd: folder, ...options }),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function packAndInstall(folder: string): Promise<string[]> {
  const packed = await npm(["pack", "--json", "--pack-destination", folder]);
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
  const tarball = join(folder, filename);
  await writeFile(join(folder, "package.json"), '{ "name": "consumer", "private": true, "type": "module" }');
  await mkdir(join(folder, "node_modules"));
  await npm(["install", tarball, "--omit=optional", "--ignore-scripts", "--prefer-offline"], folder);
  return files.map(({ path }) => path);
}

async function npm(args: readonly string[], cwd?: string): Promise<string> {
  const quiet = ["--loglevel=error", "--no-audit", "--no-fund"];
  const { exitCode, stdout, stderr } = await runProgram("npm", [...args, ...quiet], {
    ...(cwd !== undefined && { cwd }),
    env: withoutNpmVariables(),
  });
  if (exitCode !== 0) throw new Error(`npm ${args.join(" ")} ended with ${exitCode}:\n${stderr}`);
  return stdout;
}

/** An npm that runs the tests tells its children of this checkout; the npm of another folder is not to know it. */
function withoutNpmVariables(): Record<string, undefined> {
  const names = Object.keys(process.env).filter((name) => name.toLowerCase().startsWith("npm_"));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
