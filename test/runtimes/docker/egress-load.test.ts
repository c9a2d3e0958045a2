import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerRuntime } from "../../../runtimes/docker/index.ts";
import type { RuntimeSandbox } from "../../../src/runtime/index.ts";
import { describeWith } from "../../support/components.ts";
import { runCommand, testSpec } from "../../support/run-command.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { FakeGateway } from "./support/fake-gateway.ts";

const mib = 1024 * 1024;
const sizeMib = 96;

describeWith("docker", "egress of a Docker sandbox under load", (host) => {
  const runtime = dockerRuntime({ host });
  const gateway = new FakeGateway([9000]);
  let sandbox: RuntimeSandbox;

  beforeAll(async () => {
    gateway.servers.set("echo.test:9000", (connection) => void connection.pipe(connection));
    gateway.servers.set("source.test:9000", (connection) => {
      connection.resume();
      let left = sizeMib;
      const next = () => {
        if (left-- > 0) connection.write(Buffer.alloc(mib, left), next);
        else connection.end();
      };
      next();
    });
    gateway.servers.set("sink.test:9000", (connection) => {
      let total = 0;
      connection.on("data", (bytes: Buffer) => {
        total += bytes.length;
      });
      connection.on("end", () => connection.end(String(total)));
    });
    gateway.servers.set("flood.test:9000", (connection) => {
      connection.resume();
      const next = () => void connection.write(Buffer.alloc(65_536), next);
      next();
    });
    gateway.servers.set("deaf.test:9000", () => {});
    gateway.servers.set(
      "quiet.test:9000",
      (connection) => void connection.resume().on("end", () => connection.end()),
    );
    sandbox = await runtime.create(
      testSpec({ gateway, caps: { memoryMib: 512, cpus: 2, pids: 64, diskMib: 16, openFiles: 1024 } }),
    );
  });
  afterAll(async () => {
    await sandbox.destroy();
    await runtime.close();
  });

  const python = (...lines: string[]) =>
    runCommand(sandbox, ["python3", "-c", ["import socket, threading, time", ...lines].join("\n")]);

  const transfers = {
    down: [
      "s = socket.create_connection(('source.test', 9000)); n = 0",
      "while True:",
      "  k = len(s.recv(1 << 20))",
      "  if not k: break",
      "  n += k",
      "print(n)",
    ],
    up: [
      "s = socket.create_connection(('sink.test', 9000))",
      `for _ in range(${sizeMib}): s.sendall(bytes(1 << 20))`,
      "s.shutdown(1); print(s.recv(100).decode())",
    ],
  };

  test.each(Object.entries(transfers))("a large transfer %s arrives whole", async (_direction, lines) => {
    expect(await python(...lines)).toMatchObject({ stdout: `${sizeMib * mib}\n`, stderr: "" });
  });

  test("a hundred connections at once carry their own bytes", async () => {
    const { stdout, stderr } = await python(
      "good = []",
      "def talk(i):",
      "  s = socket.create_connection(('echo.test', 9000)); mine = bytes([i]) * 200000",
      "  threading.Thread(target=lambda: (s.sendall(mine), s.shutdown(1))).start()",
      "  got = b''",
      "  while True:",
      "    data = s.recv(65536)",
      "    if not data: break",
      "    got += data",
      "  good.append(got == mine)",
      "for batch in range(5):",
      "  threads = [threading.Thread(target=talk, args=(batch * 20 + i,)) for i in range(20)]",
      "  held = [socket.create_connection(('quiet.test', 9000)) for _ in range(80)]",
      "  for t in threads: t.start()",
      "  for t in threads: t.join()",
      "  for s in held: s.close()",
      "print(len(good), all(good))",
    );
    expect({ stdout, stderr }).toEqual({ stdout: "100 True\n", stderr: "" });
    await waitUntil("no connection is left", () => gateway.connections.size === 0);
  });

  test("every connection full in both directions stays within the forwarder's memory, and neither end runs over", async () => {
    const before = process.memoryUsage().rss;
    const stuck = await sandbox.spawn({
      argv: [
        "python3",
        "-c",
        [
          "import socket, time",
          "all = []",
          "for i in range(256):",
          "  s = socket.create_connection(('flood.test' if i % 2 else 'deaf.test', 9000)); s.setblocking(False)",
          "  all.append(s)",
          "  try:",
          "    while i % 2 == 0: s.send(bytes(65536))",
          "  except BlockingIOError: pass",
          "time.sleep(3)",
          "for s in all[::2]:",
          "  try:",
          "    while True: s.send(bytes(65536))",
          "  except BlockingIOError: pass",
          "print('full', flush=True)",
          "time.sleep(1000)",
        ].join("\n"),
      ],
      env: {},
      cwd: "/",
      stdin: "none",
    });
    for await (const { data } of stuck.output) if (Buffer.from(data).includes("full")) break;
    expect(gateway.connections.size).toBe(256);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * mib);
    const refused = await python(
      "s = socket.create_connection(('echo.test', 9000)); s.sendall(b'x'); s.recv(1)",
    );
    expect(refused.stderr).toMatch(/reset|Broken pipe/i);
    await stuck.kill("SIGKILL");
    for (const connection of gateway.connections) connection.destroy();
    await waitUntil("there is room again", async () => {
      const answer = await python(
        "s = socket.create_connection(('echo.test', 9000)); s.sendall(b'x'); print(s.recv(1))",
      );
      return answer.stdout === "b'x'\n";
    });
  });
});
