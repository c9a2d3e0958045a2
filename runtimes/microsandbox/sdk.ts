import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isSandboxError, SandboxUnavailable } from "../../src/errors/index.ts";

const installCommand = "npm install --include=optional microsandbox";

/** The vendor's package. */
export type Sdk = typeof import("microsandbox");
/** A connection to a microVM. */
export type VendorSandbox = import("microsandbox").Sandbox;
/** The vendor's record of a microVM. */
export type VendorHandle = import("microsandbox").SandboxHandle;

/**
 * The vendor's package, loaded at the first call.
 * @throws {SandboxUnavailable} it or its part for this platform is missing, or it works on the vendor's cloud
 */
export async function loadSdk(): Promise<Sdk> {
  const sdk = await importSdk();
  try {
    requireLocal(sdk);
    return sdk;
  } catch (error) {
    if (isSandboxError(error)) throw error;
    throw brokenPackage(error);
  }
}

async function importSdk(): Promise<Sdk> {
  try {
    return await import("microsandbox");
  } catch (cause) {
    if (/Cannot find (package|module) 'microsandbox'/.test(String(cause))) {
      throw unavailable(
        "The microsandbox runtime needs the package microsandbox: npm install microsandbox",
        "npm install microsandbox",
        cause,
      );
    }
    throw brokenPackage(cause);
  }
}

/** What is made on another's machine is neither isolated as promised nor within the reach of what is kept on this one. */
function requireLocal(sdk: Sdk): void {
  if (sdk.defaultBackendKind() === "local") return;
  throw unavailable(
    "The package microsandbox is set to its cloud service, and this runtime works on this machine alone. Set MSB_BACKEND=local.",
    "Set MSB_BACKEND=local.",
  );
}

function brokenPackage(cause: unknown): SandboxUnavailable {
  const words = String((cause as Error | undefined)?.message ?? cause);
  const [first = words] = words.split(/\.\s|\n/, 1);
  return unavailable(
    `The package microsandbox does not load on ${process.platform} ${process.arch} (${first}). Install it with its part for this platform, by an npm that runs on Node 22 or later: ${installCommand}`,
    `${installCommand}, by an npm that runs on Node 22 or later: on an older one it leaves out the part for this platform.`,
    cause,
  );
}

function unavailable(message: string, remedy: string, cause?: unknown): SandboxUnavailable {
  return new SandboxUnavailable(message, {
    data: { runtime: "microsandbox", remedy, package: "microsandbox" },
    ...(cause !== undefined && { cause }),
  });
}

/** The version of the vendor's package; `unknown` when it cannot be read. */
export async function sdkVersion(): Promise<string> {
  try {
    const manifest = new URL("../package.json", import.meta.resolve("microsandbox"));
    return String(
      (JSON.parse(await readFile(manifest, "utf8")) as { version?: unknown }).version ?? "unknown",
    );
  } catch {
    return "unknown";
  }
}

/** The vendor's state folder: MSB_HOME, as for the vendor's own programs, else `~/.microsandbox`. */
export function vendorHome(): string {
  return process.env.MSB_HOME || join(homedir(), ".microsandbox");
}

/** The environment of the vendor's program when it keeps its state in `home`, on this machine. */
export function vendorEnvironment(home: string): NodeJS.ProcessEnv {
  return { ...process.env, MSB_HOME: home, MSB_BACKEND: "local" };
}
