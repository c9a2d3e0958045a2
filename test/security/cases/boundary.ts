import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type Docker from "dockerode";
import {
  type AttackCase,
  type AttackedRuntime,
  allRuntimes,
  type Observation,
  systemRuntimes,
} from "../attack-case.ts";
import { addresses } from "../fake-internet/zone.ts";
import type { Lab } from "../lab/lab.ts";
import { labSpec } from "../lab/lab.ts";
import { newScene } from "../lab/scene.ts";
import { sandboxTarget, type Target } from "../lab/target.ts";
import { python, shell } from "./network-attack.ts";

const ownKernel = "a kernel of its own";

/** The same program in a container without the protection, and in a sandbox; it prints `done` when it succeeded. */
function probe(
  fields: Pick<AttackCase, "name" | "attack" | "title" | "protection" | "protectionOn">,
  program: readonly [string, ...string[]],
  container: Docker.HostConfig,
): AttackCase {
  const launch = async (target: Target): Promise<Observation> => {
    const { stdout, stderr } = await target.run(program);
    const last = (stdout.trim() || stderr.trim()).split("\n").at(-1) ?? "";
    return { succeeded: last.includes("done"), seen: last.slice(0, 100) };
  };
  return {
    ...fields,
    runtimes: systemRuntimes,
    off: async (lab) => await launch(await lab.place({ container })),
    on: async (lab, runtime) => await launch(sandboxTarget(await lab.sandbox(runtime, "sealed"), runtime)),
  };
}

/** Opens files for writing without writing; prints `done` when one was opened. */
const openAll = (paths: readonly string[]) =>
  python(`import errno
result = ""
for path in ${JSON.stringify(paths)}:
    try:
        open(path, "r+b", buffering=0).close()
        result = "done"
        break
    except OSError as error:
        result = errno.errorcode[error.errno]
print(result)`);

/** Attacks on the border of the sandbox other than the network. */
export const boundaryCases: readonly AttackCase[] = [
  probe(
    {
      name: "kernel-settings",
      attack: 79,
      title: "Opening the kernel's settings, release_agent and sysrq for writing",
      protection: "read-only and masked parts of /proc and /sys, no capability",
      protectionOn: { microsandbox: "an unprivileged user, and a kernel of its own" },
    },
    openAll([
      "/proc/sys/kernel/core_pattern",
      "/proc/sysrq-trigger",
      "/sys/fs/cgroup/release_agent",
      "/sys/fs/cgroup/memory/release_agent",
      "/proc/sys/vm/drop_caches",
    ]),
    { MaskedPaths: [], ReadonlyPaths: [], SecurityOpt: ["seccomp=unconfined"] } as object,
  ),
  {
    name: "abstract-sockets",
    attack: 80,
    title: "Abstract unix sockets of the host",
    protection: "a network namespace of its own",
    protectionOn: { microsandbox: ownKernel },
    runtimes: systemRuntimes,
    off: async (lab) => await abstractSocket(lab, await lab.placeBeside()),
    on: async (lab, runtime) =>
      await abstractSocket(lab, sandboxTarget(await lab.sandbox(runtime, "allowing"), runtime)),
  },
  {
    name: "other-sandbox-memory",
    attack: 81,
    title: "System V shared memory and processes of another sandbox",
    protection: "namespaces of its own for IPC and processes",
    protectionOn: { microsandbox: ownKernel },
    runtimes: systemRuntimes,
    async off(lab) {
      const one = await lab.place();
      const other = await lab.place({ sharesMemoryOf: one });
      return await sharedMemory(one, other);
    },
    async on(lab, runtime) {
      const [one, other] = await Promise.all([
        lab.sandbox(runtime, "sealed"),
        lab.sandbox(runtime, "allowing"),
      ]);
      return await sharedMemory(sandboxTarget(one, runtime), sandboxTarget(other, runtime));
    },
  },
  {
    name: "trace-another",
    attack: 82,
    title: "Tracing a process outside of the sandbox",
    protection: "a process namespace of its own, no capability",
    protectionOn: { microsandbox: ownKernel },
    runtimes: systemRuntimes,
    async off(lab) {
      const container = {
        CapAdd: ["SYS_PTRACE"],
        SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined"],
      };
      return await trace(lab, await lab.place({ seesProcesses: true, container }));
    },
    on: async (lab, runtime) =>
      await trace(lab, sandboxTarget(await lab.sandbox(runtime, "sealed"), runtime)),
  },
  {
    name: "hypervisor-sockets",
    attack: 80,
    title: "Sockets that a hypervisor may serve: vsock, and the guest kernel's proxied sockets",
    protection: "the microVM has no such device",
    runtimes: ["microsandbox"],
    off: "no microVM of ours has the device",
    on: async (lab, runtime) =>
      await hypervisorSockets(lab, sandboxTarget(await lab.sandbox(runtime, "allowing"), runtime)),
  },
  {
    name: "engine-descriptors",
    attack: 83,
    title:
      "The engine's own open files as working folder (/proc/self/fd/N), and its program by /proc/self/exe",
    protection: "a patched runc; commands name programs of the sandbox",
    runtimes: ["docker"],
    off: "it takes a runc before 1.1.12",
    async on(lab, runtime) {
      const sandbox = await lab.sandbox(runtime, "sealed");
      let isOpen = false;
      for (let number = 3; number < 12; number += 1) {
        const attempt = sandbox.exec("cat", ["../../../etc/hostname"], { cwd: `/proc/self/fd/${number}` });
        const { ok } = await attempt.catch(() => ({ ok: false }));
        isOpen ||= ok;
      }
      return { succeeded: isOpen, seen: isOpen ? "a file of the host was read" : "no such folder" };
    },
  },
  {
    name: "write-elsewhere",
    attack: 68,
    title: "Writing outside of the write paths, by .., links, rename and /proc/self/root",
    protection: "writePaths",
    runtimes: allRuntimes,
    off: async (lab) => await writeElsewhere(lab, lab.controlRuntime, undefined),
    on: async (lab, runtime) => await writeElsewhere(lab, runtime, ["/workspace/out"]),
  },
  probe(
    {
      name: "remount",
      attack: 69,
      title: "Mounting the root file system anew, for writing",
      protection: "a read-only root, no capability, seccomp",
      protectionOn: { microsandbox: "a read-only root, no capability" },
    },
    shell("mount -o remount,rw / 2>/dev/null && touch /etc/owned && echo done || echo refused"),
    {
      ReadonlyRootfs: true,
      CapAdd: ["SYS_ADMIN"],
      SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined"],
    },
  ),
];

async function abstractSocket(lab: Lab, target: Target): Promise<Observation> {
  const { token } = newScene();
  const server = createServer((socket) => void socket.end("reached"));
  await new Promise<void>((resolve) => server.listen(`\0${token}`, resolve));
  lab.defer(async () => void server.close());
  const { stdout } = await target.run(
    python(`import socket
one = socket.socket(socket.AF_UNIX)
try:
    one.connect("\\0${token}")
    print(one.recv(10).decode())
except OSError as error:
    print(error.strerror)`),
  );
  return { succeeded: stdout.trim() === "reached", seen: stdout.trim() };
}

/** A service of the host, looked for over every address that the families of a hypervisor's sockets have. */
async function hypervisorSockets(lab: Lab, target: Target): Promise<Observation> {
  const vsock = 40;
  const proxied = 46;
  const { stdout } = await target.run(
    python(`import errno, socket, struct
def attempt(family, connect):
    try:
        one = socket.socket(family, socket.SOCK_STREAM)
        one.settimeout(3)
        connect(one)
        return "reached"
    except OSError as error:
        return errno.errorcode.get(error.errno, type(error).__name__)
found = set()
for host in (0, 2, 3):
    for port in (80, 1024, 1025, 1026, 1027, 1028, 1029, 1030, 4321):
        found.add(attempt(${vsock}, lambda one: one.connect((host, port))))
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for host in ("${lab.address}", "${addresses.allowed}"):
    one = libc.socket(${proxied}, 1, 0)
    address = struct.pack("=H", 2) + struct.pack("!H", 80) + socket.inet_aton(host) + bytes(8)
    done = one >= 0 and libc.connect(one, address, 16) == 0
    found.add("reached" if done else errno.errorcode.get(ctypes.get_errno(), "refused"))
print(" ".join(sorted(found)))`),
  );
  return { succeeded: stdout.includes("reached"), seen: stdout.trim() };
}

async function trace(lab: Lab, target: Target): Promise<Observation> {
  const victim = spawn("sleep", ["98765"], { stdio: "ignore" });
  lab.defer(async () => void victim.kill("SIGKILL"));
  const { stdout } = await target.run(
    python(`import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
result = "no process of another is there"
for name in os.listdir("/proc"):
    if name.isdigit():
        try:
            isVictim = open(f"/proc/{name}/cmdline").read() == "sleep\\0" + "98765\\0"
        except OSError:
            continue
        if isVictim and libc.ptrace(0x4206, int(name), 0, 0) == 0:
            result = "a process of the host was traced"
print(result)`),
  );
  return { succeeded: stdout.includes("was traced"), seen: stdout.trim() };
}

async function sharedMemory(owner: Target, thief: Target): Promise<Observation> {
  const key = 4_242;
  const call = (flags: number) =>
    python(`import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print("found" if libc.shmget(${key}, 4096, ${flags}) >= 0 else "not found")`);
  await owner.run(call(0o1666));
  const { stdout } = await thief.run(call(0o666));
  return { succeeded: stdout.trim() === "found", seen: `the other's segment is ${stdout.trim()}` };
}

async function writeElsewhere(
  lab: Lab,
  runtime: AttackedRuntime,
  writePaths: readonly string[] | undefined,
): Promise<Observation> {
  const { client } = await lab.client(runtime, writePaths === undefined ? {} : { writePaths });
  await using sandbox = await client.create(labSpec(runtime));
  const into = "cd /workspace/out && ";
  const attempts = [
    "mkdir -p /workspace/out",
    `${into}echo inside > kept`,
    `${into}ln -s /workspace link`,
    `${into}echo x > link/one`,
    `${into}echo x > ../two`,
    `${into}ln -s /tmp temporary`,
    `${into}echo x > temporary/three`,
    `${into}cp kept copy && mv copy ../four`,
    "echo x > /proc/self/root/workspace/five",
    `${into}ln kept /workspace/six`,
    "mkdir /workspace/seven",
  ];
  for (const attempt of attempts) await sandbox.shell(attempt);
  const { stdout: outside } = await sandbox.shell("ls /workspace | grep -v '^out$'; ls /tmp");
  const { stdout: kept } = await sandbox.shell("cat /workspace/out/kept");
  if (kept !== "inside\n") throw new Error("nothing can be written inside the write paths");
  const succeeded = outside.trim() !== "";
  return { succeeded, seen: succeeded ? "files were made outside" : "nothing was made outside" };
}
