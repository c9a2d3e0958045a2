import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectFolder, runNode } from "../../support/run-program.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { supervisorPids, testRuntime } from "./support/embedded.ts";

describe("the probe", () => {
  test("finds that the interpreter works, and leaves nothing behind", async () => {
    const probe = await testRuntime().probe();
    expect(probe).toMatchObject({
      available: true,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      details: {
        isolation: "interpreter: no boundary of the operating system",
        network: "no sockets; curl, fetch and urllib through the gateway, where there is one",
        python: expect.stringContaining("without ssl"),
        "permission model of node": "on",
      },
    });
    expect(supervisorPids()).toEqual([]);
  });

  test("can be cancelled", async () => {
    await expect(testRuntime().probe({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  test("and create say what to install when the package is missing", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "node_modules"));
    for (const part of ["src", "runtimes", "package.json"]) {
      await cp(join(projectFolder, part), join(folder, part), { recursive: true });
    }
    await symlink(join(projectFolder, "node_modules", "zod"), join(folder, "node_modules", "zod"));
    const program = `import { embeddedRuntime } from "./runtimes/embedded/index.ts";
const runtime = embeddedRuntime();
console.log(JSON.stringify(await runtime.probe()));
const caps = { memoryMib: 64, cpus: 1, pids: 8, diskMib: 8, openFiles: 8 };
await runtime.create({ name: "a", image: "", caps, env: {}, labels: {}, profile: "restricted" }).catch((error) => console.log(error.code, error.message));
await runtime.close();`;
    const { stdout, stderr } = await runNode(["--input-type=module", "--no-warnings", "-e", program], {
      cwd: folder,
    });
    expect(stderr).toBe("");
    const [probe = "", create = ""] = stdout.trim().split("\n");
    expect(JSON.parse(probe)).toEqual({
      available: false,
      reason: "The package just-bash is not installed.",
      remedy: "npm install just-bash",
    });
    expect(create).toMatch(/^unavailable .*npm install just-bash$/);
  });
});
