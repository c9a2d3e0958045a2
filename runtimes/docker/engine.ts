import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { SandboxError, SandboxUnavailable } from "../../src/errors/index.ts";
import { discoverHost, type EngineAddress } from "./discover-host.ts";

/** The engine's client, loaded and connected at first use. */
export class Engine {
  readonly #host: string | undefined;
  #client: Promise<{ docker: Docker; address: EngineAddress }> | undefined;

  constructor(host: string | undefined) {
    this.#host = host;
  }

  /** @throws {SandboxUnavailable} no engine's address is known, or dockerode is not installed */
  async docker(): Promise<Docker> {
    return (await this.#connected()).docker;
  }

  /** Where the engine is. @throws as {@link Engine.docker} */
  async address(): Promise<EngineAddress> {
    return (await this.#connected()).address;
  }

  #connected(): Promise<{ docker: Docker; address: EngineAddress }> {
    this.#client ??= connect(this.#host).catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }
}

async function connect(host: string | undefined): Promise<{ docker: Docker; address: EngineAddress }> {
  const address = host === undefined ? await discoverHost() : { url: host, source: "option host" };
  if (address === undefined) {
    throw new SandboxUnavailable(
      "No Docker or Podman engine was found: no DOCKER_HOST, context or usual socket.",
      {
        data: { runtime: "docker", remedy: "Install and start Docker, or set DOCKER_HOST." },
      },
    );
  }
  const { default: Client } = await loadDockerode();
  return { docker: new Client(await connectionOptions(address)), address };
}

async function loadDockerode(): Promise<{ default: typeof Docker }> {
  try {
    return await import("dockerode");
  } catch (cause) {
    throw new SandboxUnavailable("The docker runtime needs the package dockerode: npm install dockerode", {
      data: { runtime: "docker", remedy: "npm install dockerode", package: "dockerode" },
      cause,
    });
  }
}

async function connectionOptions({ url, certificates }: EngineAddress): Promise<Docker.DockerOptions> {
  const unix = /^unix:\/\/(?<path>.+)$/.exec(url)?.groups?.path;
  if (unix !== undefined) return { socketPath: unix };
  if (url.startsWith("npipe://")) return { socketPath: url.slice("npipe://".length).replaceAll("/", "\\") };
  const parsed = URL.parse(url.replace(/^tcp:/, "http:"));
  if (parsed === null) {
    throw new SandboxError("invalid_argument", `The engine's address "${url}" is not a URL.`, {
      data: { field: "host" },
    });
  }
  if (parsed.protocol === "ssh:") {
    return {
      protocol: "ssh",
      host: parsed.hostname,
      port: parsed.port || 22,
      ...(parsed.username && { username: decodeURIComponent(parsed.username) }),
      sshOptions: { agent: process.env.SSH_AUTH_SOCK },
    } as Docker.DockerOptions;
  }
  const https = parsed.protocol === "https:" || certificates !== undefined;
  return {
    protocol: https ? "https" : "http",
    host: parsed.hostname,
    port: parsed.port || (https ? 2376 : 2375),
    ...(certificates !== undefined && {
      ca: await readFile(join(certificates, "ca.pem")),
      cert: await readFile(join(certificates, "cert.pem")),
      key: await readFile(join(certificates, "key.pem")),
    }),
  };
}
