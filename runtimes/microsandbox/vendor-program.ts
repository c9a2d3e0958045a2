import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { SandboxError } from "../../src/errors/index.ts";

/** Names of the packages that bring the program, by platform and processor. */
const platformPackages: Readonly<Record<string, string>> = {
  "linux-x64": "linux-x64-gnu",
  "linux-arm64": "linux-arm64-gnu",
  "darwin-arm64": "darwin-arm64",
  "win32-x64": "win32-x64-msvc",
  "win32-arm64": "win32-arm64-msvc",
};

/**
 * Path of the vendor's program `msb`: what MSB_PATH says, as for the vendor's own package, else where npm has put it.
 * @throws {SandboxError} unavailable
 */
export function vendorProgram(): string {
  const { MSB_PATH: chosen } = process.env;
  if (chosen !== undefined && chosen !== "") return chosen;
  const suffix = platformPackages[`${process.platform}-${process.arch}`];
  try {
    const require = createRequire(import.meta.resolve("microsandbox"));
    const folder = dirname(require.resolve(`@superradcompany/microsandbox-${suffix}/package.json`));
    return join(folder, "bin", process.platform === "win32" ? "msb.exe" : "msb");
  } catch (cause) {
    throw new SandboxError(
      "unavailable",
      `The program of the package microsandbox for ${process.platform} ${process.arch} is missing. Run: npm install microsandbox`,
      { cause, data: { runtime: "microsandbox" } },
    );
  }
}
