import Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerRuntime } from "../../../runtimes/docker/index.ts";
import type { RuntimeSandbox } from "../../../src/runtime/index.ts";
import { describeWith } from "../../support/components.ts";
import { runCommand, testSpec } from "../../support/run-command.ts";

/** Prints the name of the errno of a system call, or `done`. */
const syscall = (number: number, ...args: readonly number[]) =>
  `import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
result = libc.syscall(${[number, ...args].join(", ")})
print("done" if result >= 0 else errno.errorcode[ctypes.get_errno()])`;

const socket = (family: number, type: number, protocol = 0) => `import socket, errno
try:
    socket.socket(${family}, ${type}, ${protocol})
    print("done")
except OSError as error:
    print(errno.errorcode[error.errno])`;

/** Numbers are those of x86_64. */
const architectureOnly = process.arch === "x64" ? test : test.skip;

interface Attack {
  readonly name: string;
  /** A Python program that prints what came of the attack. */
  readonly code: string;
  /** What it prints where the control is off: an ordinary container as root. */
  readonly open: RegExp;
  readonly closed: RegExp;
}

const attacks: readonly Attack[] = [
  {
    name: "change the owner of a file (no capability)",
    code: `import os
open("/tmp/f", "w").close()
try:
    os.chown("/tmp/f", 12, 12)
    print("done")
except OSError as error:
    print(error.strerror)`,
    open: /done/,
    closed: /Operation not permitted/,
  },
  {
    name: "write to the root file system",
    code: `try:
    open("/etc/owned", "w").close()
    print("done")
except OSError as error:
    print(error.strerror)`,
    open: /done/,
    closed: /Read-only file system|Permission denied/,
  },
  {
    name: "a raw socket",
    code: socket(2, 3, 1),
    open: /done/,
    closed: /EPERM/,
  },
  {
    name: "a packet socket",
    code: socket(17, 3),
    open: /done/,
    closed: /EPERM/,
  },
  {
    name: "the kernel's crypto socket (AF_ALG), past the filter",
    code: socket(38, 5),
    open: /done|EAFNOSUPPORT/,
    closed: /EPERM/,
  },
  {
    name: "the hypervisor's socket (AF_VSOCK), past the filter",
    code: socket(40, 1),
    open: /done|EAFNOSUPPORT|ENODEV/,
    closed: /EPERM/,
  },
  { name: "io_uring", code: syscall(425, 1, 0), open: /EFAULT|done/, closed: /EPERM/ },
  {
    name: "signal PID 1",
    code: `import os
try:
    os.kill(1, 0)
    print("done")
except OSError as error:
    print(error.strerror)`,
    open: /done/,
    closed: /Operation not permitted/,
  },
  {
    name: "open the streams of PID 1",
    code: `import os
try:
    print("done", os.listdir("/proc/1/fd"))
except OSError as error:
    print(error.strerror)`,
    open: /done/,
    closed: /Permission denied/,
  },
  {
    name: "raise a limit that was set",
    code: `import resource
try:
    resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print("done")
except Exception as error:
    print("refused", error)`,
    open: /done/,
    closed: /refused/,
  },
];

/** What no container may do, ours or another: there is no state of the control to compare with. */
const escapes: Readonly<Record<string, string>> = {
  "mount a file system": syscall(165, 0, 0, 0, 0, 0),
  "a user namespace": syscall(272, 0x10000000),
  "enter a namespace": syscall(308, 0, 0),
  "the kernel's keyring": syscall(250, 0, 0),
  "load a BPF program": syscall(321, 0, 0, 0),
  "performance events": syscall(298, 0, 0, 0, 0, 0),
  userfaultfd: syscall(323, 0),
  "load a kernel": syscall(246, 0, 0, 0, 0),
  "read the kernel's log": syscall(103, 2, 0, 0),
  "change the root": syscall(161, 0),
  "make a device": `import os, stat, errno
try:
    os.mknod("/tmp/device", stat.S_IFBLK | 0o600, os.makedev(8, 0))
    print("done")
except OSError as error:
    print(errno.errorcode[error.errno])`,
};

describeWith("docker", "hardening of a Docker sandbox", (host) => {
  const runtime = dockerRuntime({ host });
  const docker = new Docker({ socketPath: host.replace("unix://", "") });
  let sandbox: RuntimeSandbox;
  let ordinary: Docker.Container;

  beforeAll(async () => {
    sandbox = await runtime.create(testSpec());
    ordinary = await docker.createContainer({
      Image: "python:3.11-slim",
      Cmd: ["sleep", "600"],
      HostConfig: { NetworkMode: "none", SecurityOpt: ["seccomp=unconfined"], CapAdd: ["NET_RAW"] },
    });
    await ordinary.start();
  });
  afterAll(async () => {
    await sandbox.destroy();
    await ordinary.remove({ force: true });
    await runtime.close();
  });

  async function inOrdinary(code: string): Promise<string> {
    const exec = await ordinary.exec({
      Cmd: ["python3", "-c", code],
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
    });
    const stream = await exec.start({ Tty: true, hijack: true, stdin: false });
    let text = "";
    for await (const bytes of stream) text += String(bytes);
    return text;
  }

  architectureOnly.each(attacks)("$name: succeeds with the control off, fails with it on", async (attack) => {
    expect(await inOrdinary(attack.code)).toMatch(attack.open);
    const { stdout, stderr } = await runCommand(sandbox, ["python3", "-c", attack.code]);
    expect(stdout + stderr).toMatch(attack.closed);
  });

  architectureOnly.each(Object.entries(escapes))("%s is refused", async (_name, code) => {
    const { stdout } = await runCommand(sandbox, ["python3", "-c", code]);
    expect(stdout.trim()).toMatch(/^(EPERM|EACCES|ENOSYS)$/);
  });

  test("the process status shows no capability but KILL to be bounded by, no new privileges, a filter", async () => {
    const { stdout } = await runCommand(sandbox, ["cat", "/proc/self/status"]);
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(stdout)?.[1];
    expect(field("CapEff")).toBe("0000000000000000");
    expect(field("CapPrm")).toBe("0000000000000000");
    expect(field("CapBnd")).toBe("0000000000000020");
    expect(field("CapAmb")).toBe("0000000000000000");
    expect(field("NoNewPrivs")).toBe("1");
    expect(field("Seccomp")).toBe("2");
    expect(field("Uid")).toBe("1000");
  });

  test("there is no network interface but the loopback", async () => {
    const { stdout } = await runCommand(sandbox, ["ls", "/sys/class/net"]);
    expect(stdout.trim()).toBe("lo");
  });

  test("nothing of the engine or the host is mounted", async () => {
    const { stdout } = await runCommand(sandbox, [
      "sh",
      "-c",
      "ls /var/run/docker.sock /run/docker.sock /dev/sd* /dev/vd*; true",
    ]);
    expect(stdout).toBe("");
    const mounts = await runCommand(sandbox, ["cat", "/proc/mounts"]);
    const writable = mounts.stdout
      .split("\n")
      .filter((line) => / rw[, ]/.test(line))
      .map((line) => line.split(" ")[1]);
    expect(
      writable.filter(
        (path) => !/^\/(proc|dev|tmp|run|var\/tmp|workspace|sys\/fs\/cgroup)(\/|$)/.test(path ?? ""),
      ),
    ).toEqual([]);
  });

  test("a full workspace is the sandbox's own problem, at its cap", async () => {
    const { stdout } = await runCommand(sandbox, [
      "sh",
      "-c",
      "head -c 99999999 /dev/zero > big; stat -c %s big; rm big",
    ]);
    expect(Number(stdout)).toBe(16 * 1024 * 1024);
  });

  test("a core dump is not written", async () => {
    const { stdout } = await runCommand(sandbox, ["sh", "-c", "ulimit -c"]);
    expect(stdout.trim()).toBe("0");
  });

  test("an out-of-memory kill is told from a plain SIGKILL, and the sandbox lives on", async () => {
    const bomb = await runCommand(sandbox, ["python3", "-c", "x = bytearray(1 << 30)"]);
    expect(bomb).toMatchObject({ exitCode: 137, signal: "SIGKILL", oomKilled: true });
    const plain = await runCommand(sandbox, ["sh", "-c", "kill -9 $$"]);
    expect(plain).toMatchObject({ exitCode: 137, signal: "SIGKILL", oomKilled: false });
  });

  test("the profile `root` is root with exactly the capabilities that package managers need", async () => {
    const rooted = await runtime.create(testSpec({ profile: "root" }));
    try {
      const { stdout } = await runCommand(rooted, [
        "sh",
        "-c",
        "id -u; grep CapEff /proc/self/status; touch /etc/x && chown 12 /etc/x && echo ok",
      ]);
      // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7.
      expect(stdout).toMatch(/^0\nCapEff:\s*00000000000000fb\nok\n$/);
    } finally {
      await rooted.destroy();
    }
  });
});
