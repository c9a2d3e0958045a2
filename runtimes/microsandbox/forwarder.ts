import { spawn } from "node:child_process";
import type { Sandbox as VendorSandbox } from "microsandbox";
import { cancelled, isSandboxError, SandboxError } from "../../src/errors/index.ts";
import {
  type EgressGateway,
  forwarderCommand,
  type OperationOptions,
  openTunnel,
  type Tunnel,
} from "../../src/runtime/index.ts";
import { ExecTransport } from "./exec-transport.ts";
import { forwarderScript } from "./forwarder-script.ts";
import { vendorProgram } from "./vendor-program.ts";

/** As for the boot itself: Python starts in a fraction of a second, but on a slow and busy machine in a minute. */
const readyTimeoutMs = 120_000;
/** Exit code by which the shell tells that there is no such program. */
const programMissing = 127;

/**
 * Starts the forwarder in the guest and serves it: the only way out of a microVM, which has no network device. Resolves when it
 * listens. On any failure nothing is left. The forwarder ends with the tunnel, with this process and with the guest.
 * @throws {SandboxError} unsupported when the image has no python3; runtime_error, deadline_exceeded, cancelled
 */
export async function openForwarder(
  vendor: Pick<VendorSandbox, "name">,
  name: string,
  gateway: EgressGateway,
  { signal }: OperationOptions = {},
): Promise<Tunnel> {
  if (signal?.aborted) throw cancelled(`The creation of sandbox "${name}"`, signal, { sandbox: name });
  const child = spawn(vendorProgram(), execArguments(vendor.name), { stdio: "pipe", windowsHide: true });
  const exitCode = new Promise<number | null>((resolve) => {
    child.once("exit", resolve).once("error", () => resolve(null));
  });
  const transport = new ExecTransport(child);
  const tunnel = openTunnel(transport, gateway, { readyTimeoutMs });
  const abort = () => tunnel.close();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await tunnel.ready;
    transport.unref();
    return tunnel;
  } catch (error) {
    transport.destroy();
    const code = await exitCode;
    if (signal?.aborted) throw cancelled(`The creation of sandbox "${name}"`, signal, { sandbox: name });
    if (code === programMissing) throw noPython(name, error);
    throw notReady(name, transport.lastWords, error);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** The command line of the vendor's program that runs the forwarder, byte for byte and without a terminal. */
function execArguments(vendorName: string): string[] {
  const options = ["--stream", "--quiet", "--user", "0:0", "--workdir", "/"];
  const limits = ["--rlimit", "nofile=2048", "--rlimit", "core=0"];
  const [program, ...args] = forwarderCommand();
  return [
    "exec",
    ...options,
    ...limits,
    vendorName,
    "--",
    "/bin/sh",
    "-c",
    forwarderScript.shell,
    "sh",
    program,
    ...args.slice(0, -1),
    forwarderScript.python + args.at(-1),
  ];
}

function noPython(name: string, cause: unknown): SandboxError {
  return new SandboxError(
    "unsupported",
    `Sandbox "${name}" cannot have egress: its image has no python3. Use an image that has it.`,
    { cause, data: { sandbox: name, capability: "egress" } },
  );
}

function notReady(name: string, lastWords: string, cause: unknown): SandboxError {
  const code = isSandboxError(cause) ? cause.code : "runtime_error";
  const said = cause instanceof Error ? cause.message : String(cause);
  return new SandboxError(
    code,
    `Could not give sandbox "${name}" its network: ${said}${lastWords && ` It said: ${lastWords}`}`,
    { cause, data: { sandbox: name } },
  );
}
