import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { Container } from "dockerode";
import { cancelled, SandboxError } from "../../src/errors/index.ts";
import type {
  CreateOptions,
  OperationOptions,
  ProbeResult,
  RuntimeSandbox,
  RuntimeSpec,
  SandboxRecord,
  SandboxRuntime,
  Tunnel,
} from "../../src/runtime/index.ts";
import { dockerCapabilities } from "./capabilities.ts";
import { containerConfig, containerName } from "./container-config.ts";
import { createContainer } from "./create-container.ts";
import {
  type DockerRuntimeOptions,
  parseDockerOptions,
  type ResolvedDockerOptions,
} from "./docker-options.ts";
import { DockerSandbox } from "./docker-sandbox.ts";
import { Engine } from "./engine.ts";
import { engineMessage, engineStatus, mapEngineError } from "./errors.ts";
import { type Holder, openHolder } from "./holder.ts";
import { ensureImage } from "./image.ts";
import { decodeLabels, newRecord, type StoredRecord, toSandboxRecord } from "./labels.ts";
import { readAllMarks } from "./marks.ts";
import { namespaceLabel } from "./namespace-label.ts";
import { probeEngine } from "./probe.ts";
import { removeContainer } from "./remove-container.ts";
import type { SandboxLog } from "./sandbox-log.ts";
import { sweepHolders, sweepVolumes } from "./sweep.ts";

/**
 * Sandboxes as containers of a Docker engine, hardened as containerConfig says. Isolation `container`: the
 * host's kernel is shared. Does no I/O until it is used. @throws {SandboxError} invalid_argument
 */
export function dockerRuntime(options: DockerRuntimeOptions = {}): SandboxRuntime {
  return new DockerRuntime(parseDockerOptions(options));
}

const startPatienceMs = 30_000;
const startPollMs = 50;

class DockerRuntime implements SandboxRuntime {
  readonly name = "docker";
  readonly capabilities = dockerCapabilities;
  readonly #options: ResolvedDockerOptions;
  readonly #engine: Engine;
  readonly #openLogs = new Set<SandboxLog>();
  readonly #openTunnels = new Set<Tunnel>();
  #closed = false;

  constructor(options: ResolvedDockerOptions) {
    this.#options = options;
    this.#engine = new Engine(options.host);
  }

  probe({ signal }: OperationOptions = {}): Promise<ProbeResult> {
    return probeEngine(this.#engine, signal);
  }

  async create(spec: RuntimeSpec, options: CreateOptions = {}): Promise<RuntimeSandbox> {
    const { signal, onProgress } = options;
    const docker = await this.#docker();
    throwIfAborted(signal, spec.name);
    const { volumes } = await ensureImage(docker, spec.image, this.#options.pull, options);
    throwIfAborted(signal, spec.name);
    const record = newRecord(spec);
    onProgress?.({ phase: "create", name: spec.name });
    const holder = await this.#openHolder(docker, spec, record, options);
    const container = await this.#createContainer(docker, spec, record, volumes, holder);
    const sandbox = this.#sandbox(docker, container, record, holder?.tunnel);
    try {
      throwIfAborted(signal, spec.name);
      onProgress?.({ phase: "start", name: spec.name });
      await container.start();
      throwIfAborted(signal, spec.name);
      const authority = spec.gateway?.certificateAuthority;
      if (authority !== undefined) await sandbox.trust(authority, options);
      throwIfAborted(signal, spec.name);
      return sandbox;
    } catch (error) {
      await sandbox.destroy();
      throw startError(error, spec);
    }
  }

  async #openHolder(docker: Docker, spec: RuntimeSpec, record: StoredRecord, options: CreateOptions) {
    const { gateway } = spec;
    if (gateway === undefined) return undefined;
    const holder = await openHolder(docker, this.#options, { ...spec, gateway }, record, options);
    const { tunnel } = holder;
    this.#openTunnels.add(tunnel);
    void tunnel.ended.then(() => this.#openTunnels.delete(tunnel));
    if (!this.#closed) return holder;
    tunnel.close();
    await removeContainer(docker.getContainer(holder.containerId), spec.name);
    throw closedError();
  }

  async #createContainer(
    docker: Docker,
    spec: RuntimeSpec,
    record: StoredRecord,
    volumes: readonly string[],
    holder: Holder | undefined,
  ) {
    const { namespace } = this.#options;
    try {
      const parts = { namespace, record, volumes, ...(holder && { holderId: holder.containerId }) };
      return await createContainer(docker, containerConfig(spec, parts));
    } catch (error) {
      if (holder !== undefined) {
        holder.tunnel.close();
        await removeContainer(docker.getContainer(holder.containerId), spec.name);
      }
      throw mapEngineError(error, `create sandbox "${spec.name}"`);
    }
  }

  async attach(name: string, { signal }: OperationOptions = {}): Promise<RuntimeSandbox> {
    const docker = await this.#docker();
    try {
      const { Id: id, Config: config } = await this.#inspectStarted(docker, name, signal);
      const record = decodeLabels(config.Labels);
      if (record !== undefined) return this.#sandbox(docker, docker.getContainer(id), record);
    } catch (error) {
      if (engineStatus(error) !== 404) throw mapEngineError(error, `find sandbox "${name}"`);
    }
    throw new SandboxError("not_found", `There is no sandbox "${name}" on the engine.`, {
      data: { sandbox: name },
    });
  }

  /** Another process may be about to start it: a container that was just made is waited for. */
  async #inspectStarted(docker: Docker, name: string, signal: AbortSignal | undefined) {
    const container = docker.getContainer(containerName(this.#options.namespace, name));
    for (;;) {
      const facts = await container.inspect();
      const isNew = Date.now() - Date.parse(facts.Created) < startPatienceMs;
      if (facts.State.Status !== "created" || !isNew) return facts;
      await sleep(startPollMs, undefined, { signal });
    }
  }

  async list(): Promise<SandboxRecord[]> {
    const docker = await this.#docker();
    const { namespace } = this.#options;
    try {
      const filters = JSON.stringify({ label: [`${namespaceLabel}=${namespace}`] });
      const [containers, marks] = await Promise.all([
        docker.listContainers({ all: true, filters }),
        readAllMarks(docker, namespace),
      ]);
      return containers.flatMap(({ Labels: labels, State: state }) => {
        const record = decodeLabels(labels);
        return record === undefined ? [] : [toSandboxRecord(record, state, marks(record.id))];
      });
    } catch (error) {
      throw mapEngineError(error, "list the sandboxes");
    }
  }

  async sweep(): Promise<string[]> {
    const docker = await this.#docker();
    try {
      const { namespace } = this.#options;
      return [...(await sweepHolders(docker, namespace)), ...(await sweepVolumes(docker, namespace))];
    } catch (error) {
      throw mapEngineError(error, "sweep what sandboxes left behind");
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const logs = [...this.#openLogs];
    const patience = sleep(5_000, undefined, { ref: false });
    await Promise.race([Promise.all(logs.map((log) => log.flush())), patience]);
    for (const log of logs) log.close();
    for (const tunnel of this.#openTunnels) tunnel.close();
  }

  #sandbox(docker: Docker, container: Container, record: StoredRecord, tunnel?: Tunnel): DockerSandbox {
    const { namespace } = this.#options;
    const openLogs = this.#openLogs;
    return new DockerSandbox({ docker, container, namespace, record, openLogs, ...(tunnel && { tunnel }) });
  }

  async #docker(): Promise<Docker> {
    if (this.#closed) throw closedError();
    return await this.#engine.docker();
  }
}

function closedError(): SandboxError {
  return new SandboxError("closed", "The docker runtime was closed. Create a new one.");
}

function startError(error: unknown, spec: RuntimeSpec): SandboxError {
  if (/\/bin\/sh.*no such file|executable file not found/is.test(engineMessage(error))) {
    return new SandboxError(
      "unsupported",
      `The image "${spec.image}" has no /bin/sh, which a sandbox needs. Use an image with a shell.`,
      { data: { image: spec.image, capability: "images" }, cause: error },
    );
  }
  return mapEngineError(error, `start sandbox "${spec.name}"`);
}

function throwIfAborted(signal: AbortSignal | undefined, name: string): void {
  if (signal?.aborted) throw cancelled(`The creation of sandbox "${name}"`, signal, { sandbox: name });
}
