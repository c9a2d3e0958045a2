import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { ClientLink } from "../fake-internet/fake-internet.ts";
import type { OrdinaryPlace, PlaceOptions } from "./ordinary-place.ts";
import type { TargetOptions, TargetResult } from "./target.ts";

const defaultTimeoutMs = 60_000;

/**
 * Programs of the host itself, as root, in namespaces that keep them from nothing but one another: the ordinary place of a machine
 * without an engine, which must be one that may be thrown away.
 */
export class OrdinaryProcess implements OrdinaryPlace {
  readonly kind = "unprotected";
  readonly proxy: string;
  readonly pid: number;
  link?: ClientLink;
  readonly #holder: ChildProcess;
  readonly #enter: readonly string[];

  private constructor(holder: ChildProcess, pid: number, enter: readonly string[], proxy: string) {
    this.#holder = holder;
    this.pid = pid;
    this.#enter = enter;
    this.proxy = proxy;
  }

  /** `proxy` is what programs in it are told of. */
  static async start(options: PlaceOptions, { proxy }: { readonly proxy: string }): Promise<OrdinaryProcess> {
    const { nameServer, sharesMemoryOf, seesProcesses = false } = options;
    const apart = ["--mount", "--net", "--uts", "--fork", "--kill-child"];
    if (!seesProcesses) apart.push("--pid", "--mount-proc");
    if (sharesMemoryOf === undefined) apart.push("--ipc");
    const names =
      nameServer === undefined
        ? ":"
        : `mount -t tmpfs none /mnt && echo nameserver ${nameServer} > /mnt/resolv.conf && mount --bind /mnt/resolv.conf /etc/resolv.conf`;
    // It ends when nobody holds its stdin any more, however we end.
    const script = `ip link set lo up && ${names} && echo ready && exec cat`;
    const holder = spawn("unshare", [...apart, "sh", "-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    const [inner = ""] = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8").split(" ");
    const enter = ["--target", inner, "--mount", "--net", "--uts"];
    if (!seesProcesses) enter.push("--pid");
    enter.push(`--ipc=/proc/${sharesMemoryOf?.pid ?? inner}/ns/ipc`);
    return new OrdinaryProcess(holder, Number(inner), enter, proxy);
  }

  async run(argv: readonly [string, ...string[]], options: TargetOptions = {}): Promise<TargetResult> {
    return await runProgram(["nsenter", ...this.#enter, "--", ...argv], options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    const ended = once(this.#holder, "exit");
    this.#holder.kill("SIGKILL");
    await ended;
  }
}

/** Runs a program of the host to its end, or until the time is over. What it left in the background goes on. */
export async function runProgram(
  [program = "", ...args]: readonly string[],
  { env = {}, timeoutMs = defaultTimeoutMs }: TargetOptions = {},
): Promise<TargetResult> {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (text.stdout += String(data)));
  child.stderr.on("data", (data) => (text.stderr += String(data)));
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { ...text, exitCode: exitCode ?? -1 };
}
