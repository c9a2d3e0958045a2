import type { DockerRuntimeOptions } from "../runtimes/docker/index.ts";
import type { EmbeddedRuntimeOptions } from "../runtimes/embedded/index.ts";
import type { MicrosandboxRuntimeOptions } from "../runtimes/microsandbox/index.ts";
import type { PolicyOptions, PreparedPolicy } from "./policy/connect-policy.ts";
import { type IsolationLevel, isIsolationAtLeast } from "./runtime/isolation.ts";
import type { SandboxRuntime } from "./runtime/sandbox-runtime.ts";
import type { ConnectedClient } from "./sandbox/connected-client.ts";
import type { RuntimeCandidate } from "./sandbox/select-runtime.ts";

export type { ConnectedClient };

/** The runtimes that come with the package, by name. */
export type BundledRuntime = "microsandbox" | "docker" | "embedded";

/** Options of {@link createSandboxClient}. */
export interface ConnectOptions extends PolicyOptions {
  /**
   * A runtime by name, an object that is one, or `auto`: the strongest of those that come with the package that works here.
   * @default "auto"
   */
  readonly runtime?: "auto" | BundledRuntime | SandboxRuntime;
  /** The weakest isolation that is acceptable. `auto` passes by what is weaker; a runtime asked for by name is refused. */
  readonly minimumIsolation?: IsolationLevel;
  /** The image of a sandbox that names none. @default "python:3.11-slim" */
  readonly image?: string;
  /** Handed to the microsandbox runtime. */
  readonly microsandbox?: MicrosandboxRuntimeOptions;
  /** Handed to the docker runtime. */
  readonly docker?: DockerRuntimeOptions;
  /** Handed to the embedded runtime. */
  readonly embedded?: EmbeddedRuntimeOptions;
  /** Cancels the connecting. */
  readonly signal?: AbortSignal;
}

/**
 * A client over a runtime that works here, found by trying it. Its `selection` tells which was chosen and why not another. The
 * client closes the runtime, also one that was handed in.
 * @throws {SandboxUnavailable} with the reason and the remedy of each runtime that was tried
 * @throws {SandboxError} invalid_argument, also for a wrong policy; unsupported when the runtime asked for is weaker than
 * minimumIsolation, or cannot enforce the policy
 */
export async function createSandboxClient(options: ConnectOptions = {}): Promise<ConnectedClient> {
  // Loaded with the first call, so that importing the package costs next to nothing.
  const [{ parseConnectOptions }, selection, { ConnectedClient }] = await Promise.all([
    import("./sandbox/parse/parse-connect-options.ts"),
    import("./sandbox/select-runtime.ts"),
    import("./sandbox/connected-client.ts"),
  ]);
  const candidates = bundledRuntimes(options);
  const names = Object.keys(candidates) as BundledRuntime[];
  const parsed = parseConnectOptions(options, names);
  const { runtime = "auto", image, signal } = parsed;
  const rules = await readPolicy(options);
  const minimumIsolation = strongest(parsed.minimumIsolation, rules?.policy?.minimumIsolation);
  const limits = { minimumIsolation, signal };
  const selected =
    runtime === "auto"
      ? await selection.selectRuntime(Object.values(candidates), limits)
      : await selection.requireRuntime(
          typeof runtime === "string" ? candidates[runtime] : given(runtime),
          limits,
        );
  const parts = { ...selected, defaultImage: image, control: undefined };
  if (rules === undefined) return new ConnectedClient(parts);
  try {
    return new ConnectedClient({ ...parts, ...(await rules.connect(selected.runtime)) });
  } catch (error) {
    if (typeof runtime === "string") await selected.runtime.close().catch(() => {});
    throw error;
  }
}

async function readPolicy(options: ConnectOptions): Promise<PreparedPolicy | undefined> {
  const { policy, audit, identity, validators } = options;
  if ([policy, audit, identity, validators].every((option) => option === undefined)) return undefined;
  const { preparePolicy } = await import("./policy/connect-policy.ts");
  return await preparePolicy(options);
}

/** The strongest of the isolation levels that are asked for. */
function strongest(...levels: (IsolationLevel | undefined)[]): IsolationLevel | undefined {
  const asked = levels.filter((level) => level !== undefined);
  return asked.find((level) => asked.every((other) => isIsolationAtLeast(level, other)));
}

/**
 * A runtime that comes with the package, not yet tried: `probe()` tells whether it works here. The caller closes it.
 * @throws {SandboxError} invalid_argument
 */
export async function loadRuntime(
  name: BundledRuntime,
  options: Pick<ConnectOptions, BundledRuntime> = {},
): Promise<SandboxRuntime> {
  return await bundledRuntimes(options)[name].load();
}

/** In the order in which `auto` tries them, strongest first. */
function bundledRuntimes(options: ConnectOptions): Record<BundledRuntime, RuntimeCandidate> {
  const { microsandbox, docker, embedded } = options;
  return {
    microsandbox: {
      name: "microsandbox",
      load: async () => (await import("../runtimes/microsandbox/index.ts")).microsandboxRuntime(microsandbox),
    },
    docker: {
      name: "docker",
      load: async () => (await import("../runtimes/docker/index.ts")).dockerRuntime(docker),
    },
    embedded: {
      name: "embedded",
      load: async () => (await import("../runtimes/embedded/index.ts")).embeddedRuntime(embedded),
    },
  };
}

function given(runtime: SandboxRuntime): RuntimeCandidate {
  return { name: runtime.name, load: async () => runtime, keepOpen: true };
}
