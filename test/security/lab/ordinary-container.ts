import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import type { ClientLink } from "../fake-internet/fake-internet.ts";
import { hasIpv6 } from "../fake-internet/has-ipv6.ts";
import type { OrdinaryPlace, PlaceOptions } from "./ordinary-place.ts";
import type { TargetOptions, TargetResult } from "./target.ts";

/** Image of every container of the tests. */
export const image = "python:3.11-slim";

/** An ordinary container, as `docker run` makes it, or with less protection still. It ends with this process. */
export class OrdinaryContainer implements OrdinaryPlace {
  readonly kind = "unprotected";
  readonly proxy: string;
  link?: ClientLink;
  readonly #container: Docker.Container;
  readonly pid: number;

  private constructor(container: Docker.Container, pid: number, proxy: string) {
    this.#container = container;
    this.pid = pid;
    this.proxy = proxy;
  }

  /** `proxy` is what programs in it are told of. */
  static async start(
    docker: Docker,
    options: PlaceOptions,
    { proxy }: { readonly proxy: string },
  ): Promise<OrdinaryContainer> {
    const container = await docker.createContainer({
      Image: image,
      // Its first process ends when nobody holds its stdin any more, however we end.
      Cmd: ["cat"],
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      HostConfig: { AutoRemove: true, NetworkMode: "none", ...hostConfigOf(options) },
    });
    const attached = await container.attach({ stream: true, stdin: true, hijack: true });
    attached.on("error", () => {});
    await container.start();
    const { State } = await container.inspect();
    return new OrdinaryContainer(container, State.Pid, proxy);
  }

  get id(): string {
    return this.#container.id;
  }

  async run(argv: readonly [string, ...string[]], { env = {} }: TargetOptions = {}): Promise<TargetResult> {
    const exec = await this.#container.exec({
      Cmd: [...argv],
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: false });
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    this.#container.modem.demuxStream(stream, stdout, stderr);
    stream.once("end", () => {
      stdout.end();
      stderr.end();
    });
    const [out, err] = await Promise.all([textOf(stdout), textOf(stderr)]);
    const { ExitCode } = await exec.inspect();
    return { stdout: out, stderr: err, exitCode: ExitCode ?? -1 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.remove({ force: true }).catch(() => {});
  }
}

function hostConfigOf({
  nameServer,
  sharesMemoryOf,
  seesProcesses,
  container,
}: PlaceOptions): Docker.HostConfig {
  const ipv6 = (hasIpv6() ? ["all", "default"] : []).map((name) => [
    `net.ipv6.conf.${name}.disable_ipv6`,
    "0",
  ]);
  const owner = sharesMemoryOf instanceof OrdinaryContainer ? sharesMemoryOf.id : undefined;
  return {
    IpcMode: owner === undefined ? "shareable" : `container:${owner}`,
    ...(nameServer !== undefined && { Dns: [nameServer], Sysctls: Object.fromEntries(ipv6) }),
    ...(seesProcesses === true && { PidMode: "host" }),
    ...container,
  };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}
