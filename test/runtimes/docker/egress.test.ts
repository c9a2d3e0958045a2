import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerRuntime } from "../../../runtimes/docker/index.ts";
import type { RuntimeSandbox } from "../../../src/runtime/index.ts";
import { describeWith } from "../../support/components.ts";
import { runCommand, testSpec } from "../../support/run-command.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { FakeGateway, saying } from "./support/fake-gateway.ts";

const authority = "-----BEGIN CERTIFICATE-----\nMIIfor/the/test\n-----END CERTIFICATE-----";

describeWith("docker", "egress of a Docker sandbox", (host) => {
  const runtime = dockerRuntime({ host });
  const gateway = new FakeGateway([80, 443], authority);
  let sandbox: RuntimeSandbox;

  beforeAll(async () => {
    gateway.servers.set("allowed.test:80", saying("hello"));
    gateway.servers.set("echo.test:443", (connection) => void connection.pipe(connection));
    const env = {
      HTTP_PROXY: "http://10.0.0.1:1",
      ALL_PROXY: "socks5://10.0.0.1:1",
      SSL_CERT_FILE: "/none",
      MINE: "1",
    };
    sandbox = await runtime.create(testSpec({ gateway, env }));
  });
  afterAll(async () => {
    await sandbox.destroy();
    await runtime.close();
  });

  const python = (...lines: string[]) =>
    runCommand(sandbox, [
      "python3",
      "-c",
      ["import socket, struct", "from urllib.request import *", ...lines].join("\n"),
    ]);

  test("a program that knows the proxy reaches what the gateway serves", async () => {
    const answer = await python("print(urlopen('http://allowed.test/').read())");
    expect(answer).toMatchObject({ stdout: "b'hello'\n", exitCode: 0 });
    expect(gateway.asked).toContain("proxy allowed.test:80");
  });

  test("a program that knows nothing of proxies does too, by name", async () => {
    const answer = await python("print(build_opener(ProxyHandler({})).open('http://allowed.test/').read())");
    expect(answer).toMatchObject({ stdout: "b'hello'\n", exitCode: 0 });
    expect(gateway.asked).toContain("allowed.test:80");
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
    expect(answer.stdout).toBe("100000\n");
  });

  test("what the gateway refuses is a reset connection, not a hang", async () => {
    const answer = await python("print(build_opener(ProxyHandler({})).open('http://denied.test/').read())");
    expect(answer.stderr).toMatch(/Connection reset|RemoteDisconnected/);
    expect(gateway.asked).toContain("denied.test:80");
  });

  test("the environment leads to the gateway, whatever the caller has set", async () => {
    const { stdout } = await runCommand(sandbox, ["env"]);
    const env = Object.fromEntries(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split(/=(.*)/s)),
    );
    const proxy = "http://127.0.0.1:3128";
    expect(env).toMatchObject({
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      http_proxy: proxy,
      https_proxy: proxy,
    });
    expect(env).toMatchObject({ NO_PROXY: "localhost,127.0.0.1,::1", NODE_USE_ENV_PROXY: "1", MINE: "1" });
    expect(env).not.toHaveProperty("ALL_PROXY");
    const bundle = "/run/ctx-sandbox/ca-bundle.pem";
    expect(env).toMatchObject({ SSL_CERT_FILE: bundle, NODE_EXTRA_CA_CERTS: bundle, AWS_CA_BUNDLE: bundle });
  });

  test("the authorities are there for everybody to read and nobody to change", async () => {
    const script =
      "cd /run/ctx-sandbox; cat ca-bundle.pem; ls -l | grep pem >&2; echo >> ca-bundle.pem; touch x; rm -f ca-bundle.pem";
    const { stdout, stderr } = await runCommand(sandbox, ["sh", "-c", script]);
    expect(stdout.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(50);
    expect(stdout).toContain(authority);
    expect(stderr).toMatch(/^-r--r--r--/);
    expect(stderr.match(/Permission denied|Read-only/g)).toHaveLength(3);
  });

  describe("names", () => {
    test("every name has an address of its own, and only of IPv4", async () => {
      const { stdout } = await python(
        "a, b = socket.gethostbyname('a.test'), socket.gethostbyname('b.test')",
        "print(a != b, socket.gethostbyname('A.test') == a, a.startswith('127.64.'))",
        "print({family.name for family, *_ in socket.getaddrinfo('c.test', 80)}, socket.gethostbyname('localhost'))",
      );
      expect(stdout).toBe("True True True\n{'AF_INET'} 127.0.0.1\n");
    });

    test("over UDP and TCP: other types are empty, and what is malformed is ignored", async () => {
      const { stdout, stderr } = await python(
        "def query(kind, name=b'\\1d\\4test\\0'): return struct.pack('>HHHHHH', 7, 0x100, 1, 0, 0, 0) + name + struct.pack('>HH', kind, 1)",
        "u = socket.socket(type=socket.SOCK_DGRAM); u.connect(('127.0.0.1', 53)); u.settimeout(5)",
        "for bad in [b'', b'x', query(1)[:-1], query(1, b'\\xc0\\x0c'), query(1, b'\\x3f' + b'a' * 10), bytes(12), b'\\0\\1\\x80' + query(1)[3:]]: u.send(bad)",
        "for kind in (1, 28, 16, 65):",
        "  u.send(query(kind)); r = u.recv(512); print(kind, struct.unpack('>HHHH', r[:8]))",
        "u.send(query(1, b'\\3a b\\0')); print(struct.unpack('>HHHH', u.recv(512)[:8]))",
        "t = socket.create_connection(('127.0.0.1', 53)); t.settimeout(5)",
        "for part in (b'\\0', struct.pack('>B', len(query(1))) + query(1)[:9], query(1)[9:]): t.sendall(part)",
        "print(struct.unpack('>HHHHH', t.recv(512)[:10]))",
      );
      expect(stderr).toBe("");
      expect(stdout.trim().split("\n")).toEqual([
        "1 (7, 33152, 1, 1)",
        "28 (7, 33152, 1, 0)",
        "16 (7, 33152, 1, 0)",
        "65 (7, 33152, 1, 0)",
        "(7, 33155, 1, 0)",
        "(40, 7, 33152, 1, 1)",
      ]);
    });

    test("a flood of names does not end it: the oldest are forgotten", async () => {
      const { stdout } = await python(
        "first = socket.gethostbyname('n0.test')",
        "for i in range(5000): socket.gethostbyname(f'n{i}.test')",
        "print(socket.gethostbyname('n0.test') != first)",
        "print(build_opener(ProxyHandler({})).open('http://allowed.test/').read())",
      );
      expect(stdout).toBe("True\nb'hello'\n");
    });
  });

  describe("there is no other way out:", () => {
    test("the loopback is the only interface, and no route leads anywhere", async () => {
      const { stdout } = await runCommand(sandbox, [
        "sh",
        "-c",
        "ls /sys/class/net; wc -l < /proc/net/route",
      ]);
      expect(stdout).toBe("lo\n1\n");
    });

    test.each([
      ["an address", "socket.create_connection(('93.184.216.34', 80), 5)"],
      ["the metadata service", "socket.create_connection(('169.254.169.254', 80), 5)"],
      ["IPv6", "socket.create_connection(('2606:2800:220:1::', 80), 5)"],
      ["UDP", "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))"],
      ["a port that no rule names", "socket.create_connection(('allowed.test', 8080), 5)"],
      ["a raw socket", "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)"],
      ["packets", "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"],
    ])("%s", async (_what, attack) => {
      const { stderr, exitCode } = await python(attack);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /Network is unreachable|Connection refused|not permitted|not supported|Cannot assign/,
      );
    });

    test("an address that stands for no name is asked for as it is", async () => {
      await python("socket.create_connection(('127.99.1.2', 443)).recv(1)");
      expect(gateway.asked).toContain("127.99.1.2:443");
    });
  });

  test("ports can change while it runs", async () => {
    const connect = () => python("print(socket.create_connection(('echo.test', 9418), 5).getpeername()[1])");
    expect((await connect()).stderr).toMatch(/refused/);
    gateway.changePorts([80, 443, 9418]);
    await waitUntil("the new port is there", async () => (await connect()).stdout === "9418\n");
    gateway.changePorts([80, 443]);
    await waitUntil("it is gone", async () => /refused/.test((await connect()).stderr));
  });

  test("stopping ends the connections; after start there is egress again", async () => {
    const open = "socket.create_connection(('echo.test', 443)).recv(1)";
    const held = await sandbox.spawn({
      argv: ["python3", "-c", `import socket\n${open}`],
      env: {},
      cwd: "/",
      stdin: "none",
    });
    await waitUntil("it is connected", () => gateway.connections.size > 0);
    await sandbox.stop({ graceMs: 0 });
    await held.wait();
    await waitUntil("the connection is gone", () => gateway.connections.size === 0);
    await sandbox.start();
    expect((await python("print(urlopen('http://allowed.test/').read())")).stdout).toBe("b'hello'\n");
  });

  test("it is one sandbox in the listing, with its hostname", async () => {
    const names = (await runtime.list()).map(({ name }) => name);
    expect(names.filter((name) => name.includes(sandbox.name))).toEqual([sandbox.name]);
    expect((await runCommand(sandbox, ["cat", "/etc/hostname"])).stdout.trim()).toBe(sandbox.name);
  });
});
