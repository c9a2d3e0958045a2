import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noEngine } from "./support/components.ts";
import { type InstalledPackage, installPackage } from "./support/installed-package.ts";
import { projectFolder, runNode } from "./support/run-program.ts";

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(await readFile(join(projectFolder, "package.json"), "utf8")) as Manifest;
const modules = Object.keys(manifest.exports).filter((path) => path !== "./package.json");
const vendorPackages = Object.keys(manifest.optionalDependencies);

describe("the package as it is installed, without its optional dependencies", () => {
  let installed: InstalledPackage;
  beforeAll(async () => {
    installed = await installPackage();
  });
  afterAll(async () => {
    await installed?.remove();
  });

  /** Runs a module that prints JSON. */
  async function evaluate(source: string): Promise<unknown> {
    const { exitCode, stdout, stderr } = await installed.runModule(source);
    expect(exitCode, stderr).toBe(0);
    return JSON.parse(stdout);
  }

  test("holds what runs and what is read, and nothing else", () => {
    const places = new Set(installed.packedFiles.map((path) => path.split("/")[0]));
    const wanted = [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "bin",
      "dist",
      "docs",
      "package.json",
    ];
    expect([...places].sort()).toEqual(wanted.sort());
    const sources = installed.packedFiles.filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"));
    expect(sources).toEqual([]);
    expect(installed.packedFiles.filter((path) => /\.test\.|\/\./.test(path))).toEqual([]);
  });

  test.each(modules)("exports something under %s", async (path) => {
    const name = `ctx-sandbox${path.slice(1)}`;
    const names = await evaluate(`console.log(JSON.stringify(Object.keys(await import("${name}"))))`);
    expect(names).not.toEqual([]);
  });

  test("exports nothing beside these", async () => {
    const code = await evaluate(`
      const error = await import("ctx-sandbox/dist/src/index.js").catch((error) => error);
      console.log(JSON.stringify(error.code));
    `);
    expect(code).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  test.each(vendorPackages)("does not have the optional package %s", async (name) => {
    const code = await evaluate(`
      const error = await import("${name}").catch((error) => error);
      console.log(JSON.stringify(error.code));
    `);
    expect(code).toBe("ERR_MODULE_NOT_FOUND");
  });

  test.each([
    ["docker", "dockerode", `dockerRuntime({ host: "${noEngine}" })`],
    ["embedded", "just-bash", "embeddedRuntime()"],
  ])("names the package that the %s runtime needs", async (runtime, vendorPackage, factory) => {
    const found = (await evaluate(`
      import { ${runtime}Runtime } from "ctx-sandbox/runtimes/${runtime}";
      import { createSandboxClient, isSandboxError } from "ctx-sandbox";
      const runtime = ${factory};
      const probe = await runtime.probe();
      await runtime.close();
      const error = await createSandboxClient({ runtime: "${runtime}", docker: { host: "${noEngine}" } })
        .then((client) => client.runShell("true"))
        .catch((error) => error);
      const { code, message } = error;
      console.log(JSON.stringify({ probe, isOurs: isSandboxError(error), code, message }));
    `)) as { probe: unknown; isOurs: boolean; code: string; message: string };
    expect(found.probe).toMatchObject({ available: false });
    expect(JSON.stringify(found.probe)).toContain(`npm install ${vendorPackage}`);
    expect(found).toMatchObject({ isOurs: true, code: "unavailable" });
    expect(found.message).toContain(vendorPackage);
  });

  test("has types that a strict consumer can use", async () => {
    const imports = modules.map(
      (path, index) => `import * as module${index} from "ctx-sandbox${path.slice(1)}";`,
    );
    const uses = modules.map((_, index) => `module${index}`).join(", ");
    await writeFile(join(installed.folder, "consumer.ts"), `${imports.join("\n")}\nconsole.log(${uses});\n`);
    const options = ["--strict", "--noEmit", "--target", "es2024", "--module", "nodenext", "--types", "node"];
    const typeRoots = ["--typeRoots", join(projectFolder, "node_modules", "@types")];
    const compiler = join(projectFolder, "node_modules", "typescript", "bin", "tsc");
    const { exitCode, stdout } = await runNode([compiler, ...options, ...typeRoots, "consumer.ts"], {
      cwd: installed.folder,
    });
    expect(stdout).toBe("");
    expect(exitCode).toBe(0);
  });

  test("has a command that tells its version", async () => {
    const { exitCode, stdout } = await installed.runCommand(["--version"]);
    expect(stdout.trim()).toBe(manifest.version);
    expect(exitCode).toBe(0);
  });

  test("has a command that names the missing packages", async () => {
    const { stdout, stderr } = await installed.runCommand(["doctor"], {
      env: { DOCKER_HOST: noEngine },
    });
    for (const name of vendorPackages) expect(stdout + stderr).toContain(`npm install ${name}`);
  });
});

test("import of the package loads no vendor package, also where they are installed", async () => {
  const hook = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({
      load(url, context, next) {
        loaded.push(url);
        return next(url, context);
      },
    });
    await import("ctx-sandbox");
    console.log(JSON.stringify(loaded));
  `;
  const { stdout, stderr } = await runNode(["--input-type=module", "-e", hook]);
  expect(stderr).toBe("");
  const urls = JSON.parse(stdout) as string[];
  expect(urls).toContainEqual(expect.stringMatching(/\/dist\/src\/index\.js$/));
  const packages = urls.map((url) => /.*\/node_modules\/([^/]+)/.exec(url)?.[1]);
  for (const name of [...vendorPackages, "commander"]) expect(packages).not.toContain(name);
});
