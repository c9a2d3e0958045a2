import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Server as NetServer } from "node:net";
import Docker from "dockerode";
import type { AuditEvent, AuditSink } from "../../../src/audit/index.ts";
import { createSandboxClient } from "../../../src/connect.ts";
import type { PolicyDocument } from "../../../src/policy/document/policy-document.ts";
import type { SandboxHandle, SandboxSpec } from "../../../src/sandbox/index.ts";
import type { AttackedRuntime } from "../attack-case.ts";
import type { Arrival, RequestArrival } from "../fake-internet/arrival.ts";
import { FakeInternet } from "../fake-internet/fake-internet.ts";
import { addresses } from "../fake-internet/zone.ts";
import { labPolicy } from "./lab-policy.ts";
import { startNaiveProxy } from "./naive-proxy.ts";
import { OrdinaryContainer } from "./ordinary-container.ts";
import type { OrdinaryPlace, PlaceOptions } from "./ordinary-place.ts";
import { OrdinaryProcess, runProgram } from "./ordinary-process.ts";
import type { Target } from "./target.ts";

type Client = Awaited<ReturnType<typeof createSandboxClient>>;

/** A client, its sandboxes and the events that its audit sink was given. */
export interface LabClient {
  readonly client: Client;
  readonly events: readonly AuditEvent[];
}

const naiveProxyPort = 3128;

/**
 * Everything that attacks need. It runs in a process whose only network is the fake internet: whatever the gateway of a sandbox
 * is tricked into dialling, wherever it is, arrives there or at the lab's own host service.
 */
export class Lab implements AsyncDisposable {
  /** Address of the engine; empty where there is none, as in the machine that microVMs are tested in. */
  readonly dockerHost: string;
  readonly internet: FakeInternet;
  /** The lab's own address, and its gateway's. */
  readonly address: string;
  readonly gateway: string;
  /** Requests that a service of the host was sent, on whatever address. */
  readonly hostRequests: RequestArrival[] = [];
  readonly #made: (() => Promise<void>)[] = [];
  readonly #memory = new Map<string, Promise<unknown>>();

  private constructor(dockerHost: string, internet: FakeInternet) {
    this.dockerHost = dockerHost;
    this.internet = internet;
    ({ address: this.address, gateway: this.gateway } = internet.join(process.pid));
  }

  /** To be called in a network namespace that is empty. Without an engine, the host's own processes are what is not protected. */
  static async open(dockerHost: string): Promise<Lab> {
    const internet = await FakeInternet.start();
    const lab = new Lab(dockerHost, internet);
    lab.#made.push(() => internet[Symbol.asyncDispose]());
    const service = createServer((request, response) => {
      const { method = "", url = "", headers, socket } = request;
      const to = (socket.localAddress ?? "").replace(/^::ffff:/, "");
      const text = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      const arrival = { isTls: false, to, port: socket.localPort ?? 0, method, target: url, headers: text };
      lab.hostRequests.push({ kind: "request", ...arrival, body: "" });
      response.end("a service of the host\n");
    });
    for (const [server, port] of [[service, 80]] as const) await lab.#listen(server.listen(port, "::"));
    lab.#closeLater(await startNaiveProxy(lab.address, naiveProxyPort));
    return lab;
  }

  async #listen(server: Server): Promise<void> {
    await once(server, "listening");
    this.#closeLater(server);
  }

  #closeLater(server: Server | NetServer): void {
    this.#made.push(async () => {
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
    });
  }

  /** What has arrived at the fake internet or at the host's service, of all that was sent before this call. */
  async arrivals(): Promise<readonly Arrival[]> {
    await this.internet.settle();
    return [...this.internet.arrivals, ...this.hostRequests];
  }

  /** Makes something once, under a name. */
  once<Value>(name: string, make: () => Promise<Value>): Promise<Value> {
    const made = this.#memory.get(name) ?? make();
    this.#memory.set(name, made);
    return made as Promise<Value>;
  }

  /** Something to be taken down with the lab, last made first. */
  defer(takeDown: () => Promise<void>): void {
    this.#made.push(takeDown);
  }

  get docker(): Docker {
    if (this.dockerHost === "") throw new Error("there is no engine here");
    return new Docker({ socketPath: this.dockerHost.replace("unix://", "") });
  }

  /** The runtime in which a protection of ours is taken away, where an attack needs a sandbox to succeed. */
  get controlRuntime(): AttackedRuntime {
    return this.dockerHost === "" ? "microsandbox" : "docker";
  }

  /** An ordinary place that sees the fake internet as any container sees the real one. */
  unprotected(): Promise<OrdinaryPlace> {
    return this.once("unprotected", () => this.connectedPlace());
  }

  /** A place like it, of its own. */
  async connectedPlace(): Promise<OrdinaryPlace> {
    const place = await this.place({ nameServer: addresses.nameServer });
    place.link = this.internet.join(place.pid);
    return place;
  }

  /** A place whose programs are in the lab's own network namespace, as with `--network host`. */
  async placeBeside(): Promise<Target> {
    const { pid, proxy } = await this.place();
    const others = ["--mount", "--pid", "--uts", "--ipc", `--net=/proc/${process.pid}/ns/net`];
    return {
      kind: "unprotected",
      proxy,
      run: (argv, options) => runProgram(["nsenter", "--target", String(pid), ...others, ...argv], options),
    };
  }

  /** An ordinary place, removed with the lab. */
  async place(options: PlaceOptions = {}): Promise<OrdinaryPlace> {
    const proxy = `${this.address}:${naiveProxyPort}`;
    const place = await (this.dockerHost === ""
      ? OrdinaryProcess.start(options, { proxy })
      : OrdinaryContainer.start(this.docker, options, { proxy }));
    this.#made.push(() => place[Symbol.asyncDispose]());
    return place;
  }

  /** A client under a policy; the fields are put over the lab's own. */
  async client(runtime: AttackedRuntime, fields: Partial<PolicyDocument> = {}): Promise<LabClient> {
    const events: AuditEvent[] = [];
    const audit: AuditSink = {
      name: "lab",
      write: async (event) => void events.push(event),
      close: async () => {},
    };
    const policy = labPolicy([this.internet.certificateAuthority], fields);
    // One namespace for all labs: what a killed one leaves is removed by the next.
    const namespace = "security-lab";
    const docker = { ...(this.dockerHost !== "" && { host: this.dockerHost }), namespace };
    const client = await createSandboxClient({ runtime, docker, microsandbox: { namespace }, policy, audit });
    this.#made.push(() => client.close());
    return { client, events };
  }

  /** The client that most attacks share. */
  shared(runtime: AttackedRuntime): Promise<LabClient> {
    return this.once(`client ${runtime}`, () => this.client(runtime));
  }

  /** A sandbox that most attacks share, with no egress or with all that the policy allows. */
  sandbox(runtime: AttackedRuntime, kind: "sealed" | "allowing"): Promise<SandboxHandle> {
    return this.once(`${kind} ${runtime}`, async () => {
      const { client } = await this.shared(runtime);
      const egress = kind === "sealed" ? [] : (labPolicy([]).egress?.allow ?? []);
      return await client.create(labSpec(runtime, { egress }));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const takeDown of this.#made.reverse()) await takeDown();
  }
}

/** A small sandbox of a name of its own. */
export function labSpec(runtime: AttackedRuntime, fields: Partial<SandboxSpec> = {}): SandboxSpec {
  const caps = runtime === "embedded" ? {} : { memoryMib: 256, pids: 128, diskMib: 16 };
  return { name: `lab-${crypto.randomUUID().slice(0, 8)}`, ...caps, ...fields };
}
