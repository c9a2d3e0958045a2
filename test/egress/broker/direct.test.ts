import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitUntil } from "../../support/wait-until.ts";
import { type BrokerUnderTest, startBroker } from "./support/broker-under-test.ts";
import { captureHello } from "./support/capture-hello.ts";
import { type Origin, startHttpOrigin, startTcpOrigin } from "./support/origin.ts";
import { readToEnd, readUntil, startTls, talk } from "./support/talk.ts";
import { createTestAuthority, type TestAuthority } from "./support/test-certificates.ts";

const placeholder = "sbx_secret_token_0123456789abcdef0123456789abcdef0123";

let authority: TestAuthority;
let web: Origin;
let secure: Origin;
let greeter: Origin;
let world: BrokerUnderTest;

beforeAll(async () => {
  authority = createTestAuthority();
  web = await startHttpOrigin();
  secure = await startHttpOrigin(undefined, authority.issue("allowed.test"));
  greeter = await startTcpOrigin((socket) => {
    socket.write("220 welcome\r\n");
    socket.on("end", () => socket.end());
    socket.resume();
  });
  world = await startBroker({
    allow: [
      `allowed.test:${web.port}`,
      `allowed.test:${secure.port}`,
      `tcp://other.test:${greeter.port}`,
      `allowed.test:${greeter.port}`,
    ],
    limits: { headerMs: 500 },
    network: { certificateAuthorities: [authority.certificate] },
    secrets: [{ name: "TOKEN", placeholder, hosts: ["bound.test"], value: async () => "value" }],
  });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  for (const origin of [web, secure, greeter]) await origin.close();
});

describe("a connection to a target", () => {
  test.each(["a duplex", "a socket"])(
    "carries requests in plain text, to that host by its own name (%s)",
    async (kind) => {
      const target = { host: "ALLOWED.test", port: web.port };
      const program =
        kind === "a duplex" ? world.connect(target) : await connectPort(await world.listen(target));
      const answer = await talk(program, "GET /x HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n");
      expect(answer).toContain("hello from the origin");
      expect(web.requests.at(-1)?.headers.host).toBe(`allowed.test:${web.port}`);
      expect(world.decisions.at(-1)).toMatchObject({
        outcome: "allowed",
        protocol: "http",
        host: "allowed.test",
        path: "/x",
      });
    },
  );

  test("carries TLS to that host", async () => {
    const program = world.connect({ host: "allowed.test", port: secure.port });
    const secured = await startTls(program, { servername: "allowed.test", ca: authority.certificate });
    expect(
      await talk(secured, "GET / HTTP/1.1\r\nHost: allowed.test\r\nConnection: close\r\n\r\n"),
    ).toContain("hello");
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "allowed", protocol: "tls" });
  });

  test("carries anything under a raw rule, and the server may begin", async () => {
    const program = world.connect({ host: "other.test", port: greeter.port });
    await readUntil(program, /220 welcome/);
    program.end();
    await readToEnd(program);
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "allowed", protocol: "tcp" });
  });

  test("is closed when the program waits for the server without a raw rule, and nothing is dialled", async () => {
    const before = greeter.connections.count;
    expect(await readToEnd(world.connect({ host: "allowed.test", port: greeter.port }))).toBe("");
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason: "non-tls-on-connect" });
    expect(greeter.connections.count).toBe(before);
  });

  test("is closed when the hello names another server", async () => {
    const program = world.connect({ host: "allowed.test", port: secure.port });
    expect(await talk(program, await captureHello("other.test"))).toBe("");
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason: "sni-mismatch" });
  });

  test("is told the reason when it speaks HTTP to a host that is not allowed", async () => {
    const target = { host: "other.test", port: web.port };
    const answer = await talk(world.connect(target), "GET / HTTP/1.1\r\nHost: other.test\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(answer).toContain("X-Sandbox-Egress: not-in-allowlist");
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", host: "other.test" });
  });

  test.each([
    ["a host that is not allowed", "other.test", "not-in-allowlist"],
    ["an address", "127.0.0.1", "not-in-allowlist"],
    ["no host", "a\0b", "invalid-host"],
  ])("is closed when it speaks anything else to %s", async (_, host, reason) => {
    const program = world.connect({ host, port: secure.port });
    expect(await talk(program, await captureHello("allowed.test"))).toBe("");
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason });
  });

  test("may not carry a placeholder in plain text, nor ask by CONNECT, nor for another host", async () => {
    const target = { host: "allowed.test", port: web.port };
    const before = web.requests.length;
    for (const [text, reason] of [
      [`GET / HTTP/1.1\r\nHost: x\r\nX-Key: ${placeholder}\r\n\r\n`, "secret-over-plaintext"],
      ["CONNECT allowed.test:443 HTTP/1.1\r\nHost: x\r\n\r\n", "bad-request"],
      ["GET http://other.test/ HTTP/1.1\r\nHost: x\r\n\r\n", "host-header-mismatch"],
    ] as const) {
      const answer = await talk(world.connect(target), text);
      expect(answer).toContain(`X-Sandbox-Egress: ${reason}`);
      await waitUntil("it is told", () => world.decisions.at(-1)?.reason === reason);
    }
    expect(web.requests.length).toBe(before);
  });
});

async function connectPort(port: number) {
  const { connect } = await import("node:net");
  return connect({ host: "127.0.0.1", port, allowHalfOpen: true });
}
