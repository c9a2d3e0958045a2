import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where an engine may be reached, and how that was found. */
export interface EngineAddress {
  readonly url: string;
  /** Such as `DOCKER_HOST`, `context desktop-linux` or `socket`. */
  readonly source: string;
  /** Folder with ca.pem, cert.pem and key.pem, where the address is spoken to with TLS. */
  readonly certificates?: string;
}

/**
 * The engine's address in the order of the docker command line: the environment, the current context, then the usual sockets of
 * Docker, Docker Desktop, Colima, rootless Docker and Podman. Undefined when there is none.
 */
export async function discoverHost(
  environment: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): Promise<EngineAddress | undefined> {
  if (environment.DOCKER_HOST) {
    const tls = environment.DOCKER_TLS_VERIFY;
    const certificates = tls ? (environment.DOCKER_CERT_PATH ?? join(home, ".docker")) : undefined;
    return { url: environment.DOCKER_HOST, source: "DOCKER_HOST", ...(certificates && { certificates }) };
  }
  return (await fromContext(environment, home)) ?? (await fromSockets(environment, home));
}

async function fromContext(environment: NodeJS.ProcessEnv, home: string): Promise<EngineAddress | undefined> {
  const folder = environment.DOCKER_CONFIG ?? join(home, ".docker");
  const config = await readJson(join(folder, "config.json"));
  const name = environment.DOCKER_CONTEXT ?? config?.currentContext;
  if (typeof name !== "string" || name === "" || name === "default") return undefined;
  const id = createHash("sha256").update(name).digest("hex");
  const meta = await readJson(join(folder, "contexts", "meta", id, "meta.json"));
  const endpoint = (meta as { Endpoints?: { docker?: { Host?: unknown } } } | undefined)?.Endpoints?.docker;
  if (typeof endpoint?.Host !== "string") return undefined;
  const certificates = join(folder, "contexts", "tls", id, "docker");
  const hasTls = await exists(join(certificates, "ca.pem"));
  return { url: endpoint.Host, source: `context ${name}`, ...(hasTls && { certificates }) };
}

async function fromSockets(environment: NodeJS.ProcessEnv, home: string): Promise<EngineAddress | undefined> {
  if (process.platform === "win32") return { url: "npipe:////./pipe/docker_engine", source: "named pipe" };
  const runtimeFolder = environment.XDG_RUNTIME_DIR;
  const candidates = [
    "/var/run/docker.sock",
    join(home, ".docker/run/docker.sock"),
    join(home, ".colima/default/docker.sock"),
    ...(runtimeFolder ? [join(runtimeFolder, "docker.sock"), join(runtimeFolder, "podman/podman.sock")] : []),
    "/run/podman/podman.sock",
  ];
  for (const path of candidates) {
    if (await exists(path)) return { url: `unix://${path}`, source: "socket" };
  }
  return undefined;
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
