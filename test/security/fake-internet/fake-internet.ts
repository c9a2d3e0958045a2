import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { waitUntil } from "../../support/wait-until.ts";
import type { Arrival } from "./arrival.ts";
import { hasIpv6 } from "./has-ipv6.ts";
import { addresses } from "./zone.ts";

const program = fileURLToPath(new URL("internet-main.ts", import.meta.url));

/** The network of one client of the fake internet. */
export interface ClientLink {
  /** The client's own address, and its gateway's. */
  readonly address: string;
  readonly gateway: string;
  /** The name under which {@link Arrival}s tell of it. */
  readonly link: string;
}

/**
 * An internet in a network namespace that lives as long as its process: nothing of it is left, however its owner ends. Clients
 * are joined to it by their process id, and see it as the default route. What arrives there is the oracle of every network attack.
 * Needs Linux, root, `ip`, `unshare`, `nsenter` and `python3`.
 */
export class FakeInternet implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly certificateAuthority: string;
  /** What has arrived so far, oldest first. */
  readonly arrivals: readonly Arrival[];
  #clients = 0;
  #marks = 0;

  private constructor(process: ChildProcess, certificateAuthority: string) {
    this.#process = process;
    this.certificateAuthority = certificateAuthority;
    const arrivals: Arrival[] = [];
    process.on("message", (arrival: Arrival) => arrivals.push(arrival));
    this.arrivals = arrivals;
  }

  static async start(): Promise<FakeInternet> {
    const child = spawn("unshare", ["--net", process.execPath, program], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const ended = once(child, "exit").then(() =>
      Promise.reject(new Error("the fake internet did not start")),
    );
    const [message] = await Promise.race([once(child, "message"), ended]);
    ended.catch(() => {});
    return new FakeInternet(child, (message as { certificateAuthority: string }).certificateAuthority);
  }

  /** Gives the network namespace of a process an interface `eth0` and a default route into the fake internet. */
  join(clientPid: number): ClientLink {
    const number = this.#clients++;
    const own = this.#process.pid ?? 0;
    const link = `client${number}`;
    const [gateway, address] = [1, 2].map((host) => `198.51.100.${number * 4 + host}`) as [string, string];
    const [gateway6, address6] = [`2001:db8:${number}::1`, `2001:db8:${number}::2`];
    const inside = (pid: number, ...args: string[]) =>
      execFileSync("nsenter", ["--target", String(pid), "--net", "ip", ...args]);
    inside(clientPid, "link", "add", "eth0", "type", "veth", "peer", "name", link, "netns", String(own));
    inside(own, "link", "set", link, "up");
    inside(own, "addr", "add", `${gateway}/30`, "dev", link);
    inside(clientPid, "link", "set", "lo", "up");
    inside(clientPid, "link", "set", "eth0", "up");
    inside(clientPid, "addr", "add", `${address}/30`, "dev", "eth0");
    inside(clientPid, "route", "add", "default", "via", gateway);
    if (hasIpv6()) {
      inside(own, "-6", "addr", "add", `${gateway6}/64`, "dev", link, "nodad");
      inside(clientPid, "-6", "addr", "add", `${address6}/64`, "dev", "eth0", "nodad");
      inside(clientPid, "-6", "route", "add", "default", "via", gateway6);
    }
    return { address, gateway, link };
  }

  /**
   * Waits until everything that this process has sent so far has arrived: a packet sent now arrives after it. To be called
   * in the namespace of a client.
   */
  async settle(): Promise<void> {
    const port = 40_000 + (this.#marks++ % 20_000);
    const before = this.arrivals.length;
    const socket = createSocket("udp4");
    try {
      await waitUntil("the mark arrives", () => {
        socket.send("mark", port, addresses.nameServer);
        return this.arrivals.slice(before).some((seen) => seen.kind === "packet" && seen.port === port);
      });
    } finally {
      socket.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }
}
