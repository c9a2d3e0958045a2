import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitUntil } from "../../support/wait-until.ts";
import { type BrokerUnderTest, startBroker } from "./support/broker-under-test.ts";
import { type Origin, startHttpOrigin } from "./support/origin.ts";
import { readUntil, talk } from "./support/talk.ts";

let origin: Origin;
let evil: Origin;
let world: BrokerUnderTest;
let authority: string;

beforeAll(async () => {
  origin = await startHttpOrigin();
  evil = await startHttpOrigin();
  authority = `allowed.test:${origin.port}`;
  world = await startBroker({ allow: [authority] });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await origin.close();
  await evil.close();
});

async function ask(head: string, body = ""): Promise<string> {
  return await talk(world.connect(), `${head.replaceAll("\n", "\r\n")}\r\nConnection: close\r\n\r\n${body}`);
}

describe("a plain request through the proxy", () => {
  test("reaches the host that a rule allows, by that one name", async () => {
    const answer = await ask(
      `GET http://ALLOWED.Test.:${origin.port}/a/b?q=1 HTTP/1.1\nHost: spoofed.test\nX-Own: 1\nX-Own: 2`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(answer).toContain("hello from the origin");
    const seen = origin.requests.at(-1);
    expect(seen?.url).toBe("/a/b?q=1");
    expect(seen?.headers.host).toBe(authority);
    expect(seen?.headers["x-own"]).toBe("1, 2");
    const decision = world.decisions.at(-1);
    expect(decision).toMatchObject({
      outcome: "allowed",
      protocol: "http",
      host: "allowed.test",
      port: origin.port,
      method: "GET",
      path: "/a/b",
      rule: authority,
      address: "127.0.0.1",
    });
    const traffic = await waitUntil("the traffic is told", () =>
      world.traffic.find(({ id }) => id === decision?.id),
    );
    expect(traffic).toMatchObject({ host: "allowed.test", status: 200 });
    expect(traffic.sentBytes).toBeGreaterThan(50);
    expect(traffic.receivedBytes).toBeGreaterThan(50);
  });

  test("carries bodies, framed anew", async () => {
    const chunked = await ask(
      `POST http://${authority}/up HTTP/1.1\nHost: x\nTransfer-Encoding: chunked`,
      "5\r\nhello\r\n0\r\n\r\n",
    );
    expect(chunked).toContain("200 OK");
    expect(origin.requests.at(-1)).toMatchObject({ method: "POST", body: "hello" });
    const counted = await ask(`PUT http://${authority}/up HTTP/1.1\nHost: x\nContent-Length: 3`, "abc");
    expect(counted).toContain("200 OK");
    expect(origin.requests.at(-1)).toMatchObject({
      method: "PUT",
      body: "abc",
      headers: { "content-length": "3" },
    });
    const none = await ask(`POST http://${authority}/up HTTP/1.1\nHost: x`);
    expect(none).toContain("200 OK");
    expect(origin.requests.at(-1)?.headers["content-length"]).toBe("0");
  });

  test("loses what is meant for the connection", async () => {
    await ask(
      `GET http://${authority}/ HTTP/1.1\nHost: x\nProxy-Authorization: Basic abc\nProxy-Connection: keep-alive\nTE: trailers\nX-Named: 1\nConnection: x-named\nKeep-Alive: 5`,
    );
    const names = origin.requests.at(-1)?.rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names?.map((name) => name.toLowerCase())).toEqual(["host", "connection"]);
  });

  test("is denied with the reason, the rules and a header", async () => {
    const answer = await ask(`GET http://other.test:${evil.port}/ HTTP/1.1\nHost: ${authority}`);
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(answer).toContain("X-Sandbox-Egress: not-in-allowlist");
    expect(answer).toContain(
      `other.test:${evil.port} is not in the egress allowlist of this sandbox (allowed: ${authority})`,
    );
    expect(world.decisions.at(-1)).toMatchObject({
      outcome: "denied",
      reason: "not-in-allowlist",
      host: "other.test",
    });
    expect(evil.connections.count).toBe(0);
  });

  test.each([
    ["another port of an allowed host", () => `allowed.test:${evil.port}`, 403, "not-in-allowlist"],
    ["an address that no rule spells out", () => `127.0.0.1:${evil.port}`, 403, "not-in-allowlist"],
    ["an address in disguise", () => `0x7f.1:${evil.port}`, 403, "not-in-allowlist"],
    ["IPv4 within IPv6", () => `[::ffff:7f00:1]:${evil.port}`, 403, "not-in-allowlist"],
    ["a zone id", () => `[fe80::1%25eth0]:${evil.port}`, 403, "invalid-host"],
    ["a name that ends in the allowed one", () => `not-allowed.test:${evil.port}`, 403, "not-in-allowlist"],
    [
      "a name that begins with the allowed one",
      () => `allowed.test.evil.test:${evil.port}`,
      403,
      "not-in-allowlist",
    ],
    ["a percent sign", () => `allowed.test%00.evil.test:${evil.port}`, 403, "invalid-host"],
    ["a backslash", () => `allowed.test\\.evil.test:${evil.port}`, 400, "bad-request"],
    ["two dots at the end", () => `allowed.test..:${evil.port}`, 403, "invalid-host"],
    ["a user", () => `allowed.test@other.test:${evil.port}`, 400, "bad-request"],
    ["no port after its colon", () => "allowed.test:", 400, "bad-request"],
  ])("is denied for %s", async (_, target, status, reason) => {
    const before = evil.connections.count;
    const answer = await ask(`GET http://${target()}/ HTTP/1.1\nHost: x`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(`X-Sandbox-Egress: ${reason}`);
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason });
    expect(evil.connections.count).toBe(before);
  });

  test.each([
    ["a path alone", "GET / HTTP/1.1\nHost: allowed.test"],
    ["https in plain text", "GET https://allowed.test/ HTTP/1.1\nHost: x"],
    ["another scheme", "GET ftp://allowed.test/ HTTP/1.1\nHost: x"],
    ["a fragment", "GET http://allowed.test/#x HTTP/1.1\nHost: x"],
    ["two hosts", "GET http://allowed.test/ HTTP/1.1\nHost: x\nHost: y"],
    [
      "a length and a coding",
      "POST http://allowed.test/ HTTP/1.1\nHost: x\nContent-Length: 3\nTransfer-Encoding: chunked",
    ],
    [
      "a coding that is not chunked",
      "POST http://allowed.test/ HTTP/1.1\nHost: x\nTransfer-Encoding: gzip, chunked",
    ],
    ["two lengths", "POST http://allowed.test/ HTTP/1.1\nHost: x\nContent-Length: 3\nContent-Length: 4"],
    ["a folded line", "GET http://allowed.test/ HTTP/1.1\nHost: x\nX: a\n b"],
    ["white space before a colon", "GET http://allowed.test/ HTTP/1.1\nHost : x"],
    ["a NUL", "GET http://allowed.test/\0 HTTP/1.1\nHost: x"],
    ["HTTP/2 by prior knowledge", "PRI * HTTP/2.0\n\nSM"],
    ["no HTTP at all", "SSH-2.0-OpenSSH_9.6"],
  ])("is refused with %s", async (_, head) => {
    const before = origin.requests.length;
    const answer = await ask(head);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason: "bad-request" });
    expect(origin.requests.length).toBe(before);
  });

  test("is refused with bare line feeds", async () => {
    const answer = await talk(world.connect(), `GET http://${authority}/ HTTP/1.1\nHost: x\n\n`);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
  });

  test("is refused when its head is too long", async () => {
    const answer = await ask(`GET http://${authority}/ HTTP/1.1\nHost: x\nX: ${"a".repeat(20_000)}`);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });

  test("cannot become WebSocket", async () => {
    const answer = await talk(
      world.connect(),
      `GET http://${authority}/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 501 /);
    expect(answer).toContain("wss:");
  });
});

describe("several requests on one connection", () => {
  test("are judged one by one", async () => {
    const program = world.connect();
    const before = evil.connections.count;
    const first = `GET http://${authority}/1 HTTP/1.1\r\nHost: x\r\n\r\n`;
    const second = `GET http://other.test:${evil.port}/2 HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
    const answers = await talk(program, first + second + first);
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 403"]);
    expect(evil.connections.count).toBe(before);
  });

  test("share connections to the server", async () => {
    const program = world.connect();
    const before = origin.connections.count;
    for (let index = 0; index < 5; index += 1) {
      program.write(`GET http://${authority}/${index} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await readUntil(program, /hello from the origin/);
    }
    expect(origin.connections.count).toBeLessThanOrEqual(before + 1);
    program.destroy();
  });
});
