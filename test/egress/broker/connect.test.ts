import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitUntil } from "../../support/wait-until.ts";
import { type BrokerUnderTest, startBroker } from "./support/broker-under-test.ts";
import { captureHello } from "./support/capture-hello.ts";
import { type Origin, startHttpOrigin, startTcpOrigin } from "./support/origin.ts";
import { connectTunnel, readToEnd, readUntil, settled, startTls, talk } from "./support/talk.ts";
import { createTestAuthority, type TestAuthority } from "./support/test-certificates.ts";

let authority: TestAuthority;
let origin: Origin;
let echo: Origin;
let evil: Origin;
let plain: Origin;
let world: BrokerUnderTest;
let target: string;

beforeAll(async () => {
  authority = createTestAuthority();
  origin = await startHttpOrigin(undefined, authority.issue("allowed.test"));
  echo = await startTcpOrigin((socket) => {
    socket.write("welcome\n");
    socket.pipe(socket);
  });
  evil = await startHttpOrigin();
  plain = await startTcpOrigin((socket) => {
    socket.once("data", (head: Buffer) => {
      const host = /^host: .*$/im.exec(head.toString())?.[0].toLowerCase() ?? "no host";
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${host.length}\r\nConnection: close\r\n\r\n${host}`);
    });
  });
  target = `allowed.test:${origin.port}`;
  world = await startBroker(
    {
      allow: [
        target,
        "allowed.test:443",
        `plain.test:${plain.port}`,
        `tcp://raw.test:${echo.port}`,
        `allowed.test:${echo.port}`,
        `gone.test:${origin.port}`,
        `*.wild.test:${origin.port}`,
      ],
    },
    {
      "allowed.test": ["127.0.0.1"],
      "plain.test": ["127.0.0.1"],
      "raw.test": ["127.0.0.1"],
      "a.wild.test": ["127.0.0.1"],
      "b.a.wild.test": ["127.0.0.1"],
    },
  );
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  for (const server of [origin, echo, evil, plain]) await server.close();
});

const get = "GET / HTTP/1.1\r\nHost: allowed.test\r\nConnection: close\r\n\r\n";

describe("CONNECT", () => {
  test.each(["a duplex", "a socket"])("carries TLS to the host that a rule allows, on %s", async (kind) => {
    const program = kind === "a duplex" ? world.connect() : await connectPort(await world.listen());
    expect(await connectTunnel(program, `Allowed.TEST:${origin.port}`)).toMatch(/^HTTP\/1.1 200 /);
    const secured = await startTls(program, { servername: "allowed.test", ca: authority.certificate });
    expect(await talk(secured, get)).toContain("hello from the origin");
    program.destroy();
    const decision = world.decisions.at(-1);
    expect(decision).toMatchObject({
      outcome: "allowed",
      protocol: "tls",
      host: "allowed.test",
      rule: target,
      address: "127.0.0.1",
    });
    const traffic = await waitUntil("the traffic is told", () =>
      world.traffic.find(({ id }) => id === decision?.id),
    );
    expect(traffic.sentBytes).toBeGreaterThan(200);
    expect(traffic.receivedBytes).toBeGreaterThan(200);
  });

  test("takes the hello byte by byte", async () => {
    const program = world.connect();
    await connectTunnel(program, target);
    const hello = await captureHello("allowed.test");
    const before = origin.connections.count;
    for (const byte of hello) program.write(Buffer.of(byte));
    await waitUntil("the server is reached", () => origin.connections.count > before);
    expect((await readUntil(program, /./s)).charCodeAt(0)).toBe(22);
    program.destroy();
  });

  test.each([
    ["a.wild.test", 200],
    ["b.a.wild.test", 200],
    ["wild.test", 403],
    ["awild.test", 403],
    ["a.wild.test.evil.test", 403],
  ])("to %s answers %i by a wildcard", async (host, status) => {
    const program = world.connect();
    expect(await connectTunnel(program, `${host}:${origin.port}`)).toMatch(
      new RegExp(`^HTTP/1.1 ${status} `),
    );
    program.destroy();
  });

  test.each([
    [() => `other.test:${evil.port}`, 403, "not-in-allowlist"],
    [() => `allowed.test:${evil.port}`, 403, "not-in-allowlist"],
    [() => `127.0.0.1:${origin.port}`, 403, "not-in-allowlist"],
    [() => `2130706433:${origin.port}`, 403, "not-in-allowlist"],
    [() => "allowed.test", 400, "bad-request"],
    [() => "allowed.test:0", 400, "bad-request"],
    [() => "allowed.test:99999", 400, "bad-request"],
    [() => `x@allowed.test:${origin.port}`, 400, "bad-request"],
    [() => `allowed.test%00:${origin.port}`, 403, "invalid-host"],
    [() => `gone.test:${origin.port}`, 502, "dns-failed"],
  ])("is refused, case %#", async (to, status, reason) => {
    const answer = await talk(world.connect(), `CONNECT ${to()} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(`X-Sandbox-Egress: ${reason}\r\n`);
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason });
    expect(evil.connections.count).toBe(0);
  });

  test.each([
    ["another server's name", async () => await captureHello("other.test"), "sni-mismatch"],
    ["no server's name", async () => await captureHello(undefined), "missing-sni"],
    ["plain bytes", async () => Buffer.from("SSH-2.0-OpenSSH_9.6\r\n"), "non-tls-on-connect"],
    [
      "words that only begin like a request",
      async () => Buffer.from("GETS / HTTP/1.1\r\n"),
      "non-tls-on-connect",
    ],
    ["half a hello", async () => (await captureHello("allowed.test")).subarray(0, 60), "bad-client-hello"],
    ["64 KiB of hello", async () => longHello(), "bad-client-hello"],
  ])("closes the tunnel on %s", async (_, bytes, reason) => {
    const before = origin.connections.count;
    const program = world.connect();
    await connectTunnel(program, target);
    program.end(await bytes());
    expect(await readToEnd(program)).toBe("");
    await waitUntil("it is told", () => world.decisions.at(-1)?.reason === reason);
    expect(world.decisions.at(-1)).toMatchObject({
      outcome: "denied",
      host: "allowed.test",
      protocol: "tls",
    });
    expect(origin.connections.count).toBe(before);
  });

  test("judges requests in plain text as plain HTTP: their host is the tunnel's, whatever they say", async () => {
    const program = world.connect();
    await connectTunnel(program, `plain.test:${plain.port}`);
    const answers = await talk(program, get.replace("allowed.test", "evil.test"));
    expect(answers).toContain(`host: plain.test:${plain.port}`);
    expect(world.decisions.at(-1)).toMatchObject({
      outcome: "allowed",
      protocol: "http",
      host: "plain.test",
    });
  });

  test("lets nothing but TLS through on the port of HTTPS", async () => {
    const program = world.connect();
    await connectTunnel(program, "allowed.test:443");
    program.end(get);
    expect(await readToEnd(program)).toBe("");
    await waitUntil("it is told", () => world.decisions.at(-1)?.reason === "non-tls-on-connect");
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", host: "allowed.test", port: 443 });
  });

  test("carries anything where a raw rule allows it, also when the server speaks first", async () => {
    const program = world.connect();
    expect(await connectTunnel(program, `raw.test:${echo.port}`)).toMatch(/^HTTP\/1.1 200 /);
    await readUntil(program, /welcome/);
    program.end("SSH-2.0-x");
    expect(await readToEnd(program)).toBe("SSH-2.0-x");
    expect(world.decisions.at(-1)).toMatchObject({
      outcome: "allowed",
      protocol: "tcp",
      rule: `tcp://raw.test:${echo.port}`,
    });
  });

  test("does not dial before the hello has come", async () => {
    const before = origin.connections.count;
    const program = world.connect();
    await connectTunnel(program, target);
    await pause(100);
    expect(origin.connections.count).toBe(before);
    program.destroy();
  });

  test("is not mixed with answers that are still due", async () => {
    const program = world.connect();
    const head = `CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
    program.write(`GET http://${target}/ HTTP/1.1\r\nHost: x\r\n\r\n${head}`);
    expect(await readToEnd(program)).not.toContain("200 Connection Established");
  });
});

describe("the encrypted part of a hello", () => {
  test.each([false, true])("is told, and denied when that is asked for (%s)", async (denyEncryptedHello) => {
    await using strict = await startBroker({ allow: [target], network: { denyEncryptedHello } });
    const program = strict.connect();
    await connectTunnel(program, target);
    program.write(await captureHello("allowed.test", { encrypted: true }));
    const decision = await waitUntil("it is decided", () => strict.decisions.at(-1));
    if (denyEncryptedHello)
      expect(decision).toMatchObject({ outcome: "denied", reason: "encrypted-client-hello" });
    else expect(decision).toMatchObject({ outcome: "allowed", encryptedHello: true });
    program.destroy();
    await settled(program);
  });
});

describe("half-open connections", () => {
  test("lose nothing of what a program sent before it left", async () => {
    let bytes = 0;
    const slow = await startTcpOrigin((socket) => {
      socket.on("data", (chunk) => {
        bytes += chunk.length;
        socket.pause();
        setTimeout(() => socket.resume(), 5);
      });
      socket.on("end", () => socket.end());
    });
    await using own = await startBroker({ allow: [`tcp://allowed.test:${slow.port}`] });
    // The runtime's side of it closes as soon as the program does.
    const program = await connectPort(await own.listen(undefined, { allowHalfOpen: false }));
    await connectTunnel(program, `allowed.test:${slow.port}`);
    program.end(Buffer.alloc(4_000_000));
    await waitUntil("all has arrived", () => bytes === 4_000_000);
    await waitUntil("nothing is left", () => slow.open.size === 0);
    await slow.close();
  });

  test("go on in the direction that is open", async () => {
    const sink = await startTcpOrigin((socket) => {
      let bytes = 0;
      socket.on("data", (chunk) => {
        bytes += chunk.length;
      });
      socket.on("end", () => socket.end(`got ${bytes}`));
    });
    await using own = await startBroker({ allow: [`tcp://allowed.test:${sink.port}`] });
    const program = own.connect();
    await connectTunnel(program, `allowed.test:${sink.port}`);
    program.end(Buffer.alloc(3_000_000, 1));
    expect(await readToEnd(program)).toBe("got 3000000");
    await waitUntil("the server's side is over", () => sink.open.size === 0);
    await sink.close();
  });
});

function longHello(): Buffer {
  const record = Buffer.alloc(16_384, 1);
  const header = Buffer.of(22, 3, 1, 0x40, 0);
  record.set([1, 0, 0xff, 0xff], 0);
  return Buffer.concat([header, record, header, record, header, record, header, record]);
}

async function connectPort(port: number) {
  const { connect } = await import("node:net");
  return connect({ host: "127.0.0.1", port, allowHalfOpen: true });
}
