import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitUntil } from "../../support/wait-until.ts";
import { type BrokerUnderTest, startBroker } from "./support/broker-under-test.ts";
import { type Origin, startHttpOrigin } from "./support/origin.ts";
import { connectTunnel, startTls, talk } from "./support/talk.ts";
import { createTestAuthority } from "./support/test-certificates.ts";

const placeholder = "sbx_secret_token_0123456789abcdef0123456789abcdef0123";
const canary = "canary-8c1f-Value";

let world: BrokerUnderTest;
let origin: Origin;

beforeAll(async () => {
  const authority = createTestAuthority();
  // Answers as servers do that let TRACE pass, and gives a field a name out of the request.
  origin = await startHttpOrigin((request, response) => {
    const { authorization = "" } = request.headers;
    response.setHeader(`X-Seen-${authorization.replace("Bearer ", "")}`, "1");
    const isEcho = request.method === "TRACE" || request.method === "TRACK";
    response.end(isEcho ? request.rawHeaders.join("\r\n") : "body");
  }, authority.issue("bound.test"));
  const host = `bound.test:${origin.port}`;
  world = await startBroker(
    {
      allow: [host],
      network: { certificateAuthorities: [authority.certificate] },
      secrets: [{ name: "TOKEN", placeholder, hosts: [host], value: async () => canary }],
    },
    { "bound.test": ["127.0.0.1"] },
  );
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await origin.close();
});

async function ask(method: string, headers: string): Promise<string> {
  const program = world.connect();
  await connectTunnel(program, `bound.test:${origin.port}`);
  const secured = await startTls(program, {
    servername: "bound.test",
    ca: world.broker.certificateAuthority ?? "",
  });
  return await talk(
    secured,
    `${method} / HTTP/1.1\r\nHost: bound.test:${origin.port}\r\n${headers}Connection: close\r\n\r\n`,
  );
}

describe("a secret's value", () => {
  test("does not come back by TRACE, which answers with the request", async () => {
    const before = origin.requests.length;
    const answer = await ask("TRACE", `Authorization: Bearer ${placeholder}\r\n`);
    expect(answer).toContain("X-Sandbox-Egress: bad-request");
    expect(answer).not.toContain(canary);
    expect(origin.requests).toHaveLength(before);
    expect(await ask("TRACE", "X-Other: 1\r\n")).toContain("200 OK");
  });

  test("does not come back by a TRACK without a connection either", async () => {
    const before = origin.requests.length;
    const response = await world.broker.fetch({
      method: "track",
      url: `https://bound.test:${origin.port}/`,
      headers: { authorization: `Bearer ${placeholder}` },
    });
    expect(response.headers).toContainEqual(["x-sandbox-egress", "bad-request"]);
    expect(origin.requests).toHaveLength(before);
  });

  test("does not come back in the name of a field", async () => {
    const answer = await ask("GET", `Authorization: Bearer ${placeholder}\r\n`);
    expect(answer).toContain(`X-Seen-${placeholder}: 1`);
    expect(answer).not.toContain(canary);
  });
});

describe("the log", () => {
  test.each([
    "GET http://user:hunter2hunter2@evil.test/ HTTP/1.1",
    "GET http://user:hunter2hunter2@evil.test/#x HTTP/1.1",
    "GET ftp://user:hunter2hunter2@evil.test/ HTTP/1.1",
    "CONNECT user:hunter2hunter2@evil.test:443 HTTP/1.1",
  ])("is told of no password: %s", async (line) => {
    const before = world.decisions.length;
    await talk(world.connect(), `${line}\r\nHost: x\r\n\r\n`);
    await waitUntil("it is told", () => world.decisions.length > before);
    expect(world.decisions.at(-1)?.outcome).toBe("denied");
    expect(JSON.stringify(world.decisions.slice(before))).not.toContain("hunter2");
  });

  test("is told of no password of a request without a connection", async () => {
    const before = world.decisions.length;
    for (const url of ["https://user:hunter2hunter2@evil.test/", "https:user:hunter2hunter2@evil.test/"])
      await world.broker.fetch({ method: "GET", url, headers: {} });
    expect(world.decisions.slice(before)).toHaveLength(2);
    expect(JSON.stringify(world.decisions.slice(before))).not.toContain("hunter2");
  });
});
