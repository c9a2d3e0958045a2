import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";

/** The image that {@link PrivateEngine.start} makes: a shell and a few programs of the host, nothing else. */
export const tinyImage = "ctx-sandbox-test:tiny";

const programs = ["/bin/sh", "/bin/cat", "/bin/sleep", "/bin/echo", "/bin/touch"];

/** A Docker engine of a test's own, on a small file system in memory, to be stopped and filled. Needs Linux and root. */
export class PrivateEngine {
  readonly folder = mkdtempSync("/tmp/ctx-engine-");
  readonly host = `unix://${this.folder}/docker.sock`;
  readonly data = join(this.folder, "data");
  #daemon: ChildProcess | undefined;

  constructor(dataMib: number) {
    mkdirSync(this.data);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${dataMib}m`, "tmpfs", this.data]);
  }

  get client(): Docker {
    return new Docker({ socketPath: join(this.folder, "docker.sock") });
  }

  /** Starts the daemon and makes the tiny image when it is not there. */
  async start(): Promise<void> {
    const exec = join(this.folder, "exec");
    const places = ["--data-root", this.data, "--exec-root", exec, "--pidfile", join(this.folder, "pid")];
    const network = ["--bridge=none", "--iptables=false", "--ip6tables=false"];
    const log = openSync(join(this.folder, "log"), "a");
    this.#daemon = spawn("dockerd", ["--host", this.host, ...places, ...network], {
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    const deadline = Date.now() + 60_000;
    while (!(await this.client.ping().catch(() => false))) {
      if (Date.now() > deadline || this.#daemon.exitCode !== null) {
        throw new Error(
          `the private engine did not start:\n${readFileSync(join(this.folder, "log"), "utf8").slice(-2_000)}`,
        );
      }
      await sleep(100);
    }
    await this.client
      .getImage(tinyImage)
      .inspect()
      .catch(() => this.#makeImage());
  }

  /** Ends the daemon alone, as a crash would. */
  async crash(): Promise<void> {
    await this.#end("SIGKILL");
    rmSync(join(this.folder, "pid"), { force: true });
    // Where nobody reaps orphans, the daemon would take the zombie of its containerd for a living one.
    rmSync(join(this.folder, "exec/containerd"), { recursive: true, force: true });
    endContainers(this.folder);
  }

  /** Ends the daemon with all its containers and removes every trace. */
  async remove(): Promise<void> {
    await this.#end("SIGTERM");
    endContainers(this.folder);
    for (const mount of mountsBelow(this.folder)) execFileSync("umount", ["-l", mount]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    daemon.kill(signal);
    await ended;
  }

  async #makeImage(): Promise<void> {
    const libraries = programs.flatMap(
      (program) => execFileSync("ldd", [program], { encoding: "utf8" }).match(/\/\S+\.so\S*/g) ?? [],
    );
    const files = [...new Set([...programs, ...libraries])].filter((path) => existsSync(path));
    const archive = join(this.folder, "tiny.tar");
    const kept = files.map((path) => path.slice(1));
    execFileSync("tar", ["-chf", archive, "--hard-dereference", "-C", "/", ...kept]);
    const [repo, tag] = tinyImage.split(":") as [string, string];
    const progress = await this.client.importImage(archive, { repo, tag });
    for await (const _line of progress);
  }
}

/** Ends what a crashed daemon left behind: its shims, which have the folder in their arguments, and their containers. */
function endContainers(folder: string): void {
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const shims = pids.filter((pid) => pid !== process.pid && commandLine(pid).includes(`${folder}/`));
  const containers = pids.filter((pid) => shims.includes(parentOf(pid)));
  for (const pid of [...shims, ...containers]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone already.
    }
  }
}

function parentOf(pid: number): number {
  try {
    return Number(/\) \S (?<parent>\d+) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.groups?.parent);
  } catch {
    return Number.NaN;
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** Innermost first. */
function mountsBelow(folder: string): string[] {
  const mounts = execFileSync("cat", ["/proc/self/mounts"], { encoding: "utf8" }).split("\n");
  return mounts
    .flatMap((line) => line.split(" ")[1] ?? [])
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}
