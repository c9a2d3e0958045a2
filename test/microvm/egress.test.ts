import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { microsandboxRuntime } from "../../runtimes/microsandbox/index.ts";
import type { RuntimeSandbox } from "../../src/runtime/index.ts";
import { FakeGateway, saying } from "../runtimes/docker/support/fake-gateway.ts";
import { describeWith } from "../support/components.ts";
import { runCommand, testSpec } from "../support/run-command.ts";

const mib = 1024 * 1024;
const authority = "-----BEGIN CERTIFICATE-----\nMIIfor/the/test\n-----END CERTIFICATE-----";
/** What a minute of a flood may cost this process; the windows of all its connections are 16 MiB. */
const mostGrowth = 64 * mib;

describeWith("microvm", "egress of a microVM", () => {
  const runtime = microsandboxRuntime({ namespace: "egress-test" });
  const gateway = new FakeGateway([80, 443, 9000], authority);
  let sandbox: RuntimeSandbox;

  beforeAll(async () => {
    gateway.servers.set("allowed.test:80", saying("hello"));
    gateway.servers.set("echo.test:443", (connection) => void connection.pipe(connection));
    gateway.servers.set("sink.test:9000", (connection) => {
      connection.on("end", () => connection.end()).resume();
    });
    gateway.servers.set("flood.test:9000", (connection) => {
      connection.resume();
      const next = () => void connection.write(Buffer.alloc(65_536), next);
      next();
    });
    const env = {
      HTTP_PROXY: "http://10.0.0.1:1",
      ALL_PROXY: "socks5://10.0.0.1:1",
      SSL_CERT_FILE: "/none",
      MINE: "1",
    };
    sandbox = await runtime.create(testSpec({ gateway, env }));
  });
  afterAll(async () => {
    await sandbox?.destroy();
    await runtime.close();
  });

  const python = (...lines: string[]) =>
    runCommand(sandbox, [
      "python3",
      "-c",
      ["import os, socket, struct, time", "from urllib.request import *", ...lines].join("\n"),
    ]);
  const fetchDirectly = "print(build_opener(ProxyHandler({})).open('http://allowed.test/').read())";

  test("programs reach what the gateway serves, told of the proxy or not", async () => {
    const answer = await python("print(urlopen('http://allowed.test/').read())", fetchDirectly);
    expect(answer).toMatchObject({ stdout: "b'hello'\nb'hello'\n", exitCode: 0 });
    expect(gateway.asked).toEqual(expect.arrayContaining(["proxy allowed.test:80", "allowed.test:80"]));
  });

  test("names are answered inside, and there is no interface but the loopback that could carry a packet", async () => {
    const answer = await python(
      "print(socket.gethostbyname('anything.example'))",
      "print([name for _, name in socket.if_nameindex() if int(open(f'/sys/class/net/{name}/flags').read(), 16) & 1])",
      "try: socket.create_connection(('203.0.113.10', 80), 3)",
      "except OSError as error: print(error.strerror)",
    );
    expect(answer.stdout).toMatch(/^127\.\d+\.\d+\.\d+\n\['lo'\]\nNetwork is unreachable\n$/);
  });

  test("the environment names the proxy and the authorities, whatever the caller's says", async () => {
    const answer = await python(
      "e = os.environ",
      "print(e['HTTP_PROXY'], e.get('ALL_PROXY'), e['SSL_CERT_FILE'], e['MINE'])",
      "print('MIIfor/the/test' in open(e['SSL_CERT_FILE']).read(), os.access(e['SSL_CERT_FILE'], os.W_OK))",
    );
    expect(answer.stdout).toBe("http://127.0.0.1:3128 None /run/ctx-sandbox/ca-bundle.pem 1\nTrue False\n");
  });

  test("half-closed connections go on in the other direction", async () => {
    const answer = await python(
      "s = socket.create_connection(('echo.test', 443)); s.sendall(b'x' * 100000); s.shutdown(socket.SHUT_WR)",
      "n = 0",
      "while True:",
      "  data = s.recv(65536)",
      "  if not data: break",
      "  n += len(data)",
      "print(n)",
    );
    expect(answer).toMatchObject({ stdout: "100000\n", exitCode: 0 });
  });

  test("the forwarder is no process that commands can signal, and holds no capability", async () => {
    const script = `for p in /proc/[0-9]*; do
  tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '^python3 -I -S' || continue
  grep CapEff $p/status
  kill -9 "\${p#/proc/}" 2>&1 || echo refused
done`;
    const answer = await runCommand(sandbox, ["sh", "-c", script]);
    expect(answer.stdout).toMatch(/^CapEff:\s0{16}\n/);
    expect(answer.stdout).toContain("refused");
  });

  test.each([
    ["out", "s = socket.create_connection(('sink.test', 9000))", "s.sendall(b'x' * 65536)"],
    ["in", "s = socket.create_connection(('flood.test', 9000))", "s.recv(65536)"],
    [
      "in that nobody reads",
      "h = [socket.create_connection(('flood.test', 9000)) for _ in range(50)]",
      "time.sleep(1)",
    ],
  ])(
    "a flood %s costs a bounded memory, and other connections are served after it",
    async (_, open, step) => {
      const before = process.memoryUsage().rss;
      const flood = await python(open, "end = time.time() + 6", `while time.time() < end: ${step}`);
      expect(flood).toMatchObject({ stderr: "", exitCode: 0 });
      expect(process.memoryUsage().rss - before).toBeLessThan(mostGrowth);
      expect((await python(fetchDirectly)).stdout).toBe("b'hello'\n");
    },
  );

  describe("over its life", () => {
    test("a stop ends the forwarder with the guest, and a start brings it back", async () => {
      await sandbox.stop({ graceMs: 0 });
      expect(gateway.connections.size).toBe(0);
      await sandbox.start();
      expect((await python(fetchDirectly)).stdout).toBe("b'hello'\n");
    });

    test("a sandbox that was made without a gateway has no way out at all", async () => {
      const sealed = await runtime.create(testSpec());
      try {
        const answer = await runCommand(sealed, [
          "python3",
          "-c",
          "import socket\nfor t in (('127.0.0.1', 3128), ('allowed.test', 80), ('203.0.113.10', 80)):\n  try: socket.create_connection(t, 3)\n  except OSError as e: print(type(e).__name__)",
        ]);
        expect(answer.stdout.trim().split("\n")).toEqual(["ConnectionRefusedError", "gaierror", "OSError"]);
      } finally {
        await sealed.destroy();
      }
    });
  });
});
