import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import type { Container } from "dockerode";
import { cancelled, isSandboxError, SandboxError } from "../../src/errors/index.ts";
import {
  type CreateOptions,
  type EgressGateway,
  openTunnel,
  type RuntimeSpec,
  type Tunnel,
} from "../../src/runtime/index.ts";
import { createContainer } from "./create-container.ts";
import type { ResolvedDockerOptions } from "./docker-options.ts";
import { EngineTransport } from "./engine-transport.ts";
import { engineMessage, mapEngineError } from "./errors.ts";
import { holderConfig } from "./holder-config.ts";
import { ensureImage } from "./image.ts";
import type { StoredRecord } from "./labels.ts";
import { removeContainer } from "./remove-container.ts";

/** The network of a sandbox that has a gateway: the container that holds it, and the tunnel to its forwarder. */
export interface Holder {
  readonly containerId: string;
  readonly tunnel: Tunnel;
}

/**
 * Makes the holder of a sandbox, from the sandbox's own image where that has Python, else from the option `egressImage`. Resolves when
 * its forwarder listens. On any failure nothing is left.
 */
export async function openHolder(
  docker: Docker,
  options: ResolvedDockerOptions,
  spec: RuntimeSpec & { readonly gateway: EgressGateway },
  record: StoredRecord,
  createOptions: CreateOptions,
): Promise<Holder> {
  const failures: string[] = [];
  for (const image of new Set([spec.image, options.egressImage])) {
    try {
      const { volumes } = await ensureImage(docker, image, options.pull, createOptions);
      const config = holderConfig(spec, { namespace: options.namespace, record, image, volumes });
      return await start(docker, config, spec, createOptions.signal);
    } catch (error) {
      if (!mayBeTheImage(error)) throw error;
      failures.push(`"${image}": ${error.message}`);
    }
  }
  throw new SandboxError(
    "unsupported",
    `Sandbox "${spec.name}" cannot have egress: no image with a working python3 was found. ${failures.join(" ")} ` +
      `Use an image that has python3, or name one in the option egressImage of dockerRuntime.`,
    { data: { sandbox: spec.name, capability: "egress", image: options.egressImage } },
  );
}

async function start(
  docker: Docker,
  config: Docker.ContainerCreateOptions,
  { name, gateway }: RuntimeSpec & { readonly gateway: EgressGateway },
  signal: AbortSignal | undefined,
): Promise<Holder> {
  const subject = `give sandbox "${name}" its network`;
  let container: Container | undefined;
  let transport: EngineTransport | undefined;
  try {
    container = await createContainer(docker, config);
    const attach = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
    transport = new EngineTransport((await container.attach(attach)) as Duplex);
    const tunnel = openTunnel(transport, gateway);
    const abort = () => tunnel.close();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      if (signal?.aborted) abort();
      else await container.start();
      await tunnel.ready;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    transport.unref();
    return { containerId: container.id, tunnel };
  } catch (error) {
    transport?.destroy();
    // The failure is worth more than that of the removal; sweep finds what is left.
    if (container !== undefined) await removeContainer(container, name).catch(() => {});
    if (signal?.aborted) throw cancelled(`The creation of sandbox "${name}"`, signal, { sandbox: name });
    if (isMissingProgram(error)) throw new ForwarderFailure("it has no python3.", error);
    if (isSandboxError(error, "runtime_error") && transport !== undefined) {
      const { lastWords } = transport;
      throw new ForwarderFailure(`${error.message}${lastWords && ` It said: ${lastWords}`}`, error);
    }
    throw mapEngineError(error, subject);
  }
}

/** The image may be at fault; another may do. */
class ForwarderFailure extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

function mayBeTheImage(error: unknown): error is Error {
  return (
    error instanceof ForwarderFailure ||
    isSandboxError(error, "image_not_found") ||
    isSandboxError(error, "image_unavailable")
  );
}

function isMissingProgram(error: unknown): boolean {
  return /python3.*(no such file|not found)|executable file not found/is.test(engineMessage(error));
}
