import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GatewayResponse } from "../../../src/runtime/index.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { type BrokerUnderTest, startBroker } from "./support/broker-under-test.ts";
import { type Origin, startHttpOrigin } from "./support/origin.ts";
import { createTestAuthority } from "./support/test-certificates.ts";

const placeholder = "sbx_secret_token_0123456789abcdef0123456789abcdef0123";

let web: Origin;
let secure: Origin;
let endless: Origin;
let world: BrokerUnderTest;

beforeAll(async () => {
  const authority = createTestAuthority();
  web = await startHttpOrigin((_, response) =>
    response.writeHead(302, { Location: "http://169.254.169.254/" }).end("moved"),
  );
  secure = await startHttpOrigin(
    (request, response) => response.setHeader("X-Echo", request.headers["x-key"] ?? "").end("secure"),
    authority.issue("bound.test"),
  );
  endless = await startHttpOrigin((_, response) => {
    const timer = setInterval(() => response.write("more"), 5);
    response.once("close", () => clearInterval(timer));
  });
  world = await startBroker(
    {
      allow: [`allowed.test:${web.port}`, `bound.test:${secure.port}`, `allowed.test:${endless.port}`],
      network: { certificateAuthorities: [authority.certificate] },
      secrets: [
        { name: "TOKEN", placeholder, hosts: [`bound.test:${secure.port}`], value: async () => "canary" },
      ],
    },
    { "allowed.test": ["127.0.0.1"], "bound.test": ["127.0.0.1"] },
  );
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  for (const origin of [web, secure, endless]) await origin.close();
});

async function textOf({ body }: GatewayResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("fetch", () => {
  test("does a request and follows no redirect", async () => {
    const body = Buffer.from("data");
    const url = `http://Allowed.test:${web.port}/a b?ü=1#x`;
    const answer = await world.broker.fetch({
      method: "post",
      url,
      headers: { "X-Own": "1", Host: "evil.test" },
      body,
    });
    expect(answer.status).toBe(302);
    expect(answer.headers).toContainEqual(["location", "http://169.254.169.254/"]);
    expect(await textOf(answer)).toBe("moved");
    expect(web.requests.at(-1)).toMatchObject({
      method: "POST",
      url: "/a%20b?%C3%BC=1",
      body: "data",
      headers: { host: `allowed.test:${web.port}`, "x-own": "1" },
    });
    expect(world.decisions.at(-1)).toMatchObject({
      outcome: "allowed",
      protocol: "http",
      method: "POST",
      path: "/a%20b",
    });
    await waitUntil("the traffic is told", () => world.traffic.some(({ status }) => status === 302));
  });

  test("speaks TLS itself and puts secrets in", async () => {
    const url = `https://bound.test:${secure.port}/`;
    const answer = await world.broker.fetch({ method: "GET", url, headers: { "X-Key": placeholder } });
    expect(secure.requests.at(-1)?.headers["x-key"]).toBe("canary");
    expect(answer.headers).toContainEqual(["x-echo", placeholder]);
    expect(await textOf(answer)).toBe("secure");
  });

  test.each([
    ["http://other.test/", 403, "not-in-allowlist"],
    ["https://bound.test/", 403, "not-in-allowlist"],
    ["http://a@allowed.test/", 400, "bad-request"],
    ["ftp://allowed.test/", 400, "bad-request"],
    ["file:///etc/passwd", 400, "bad-request"],
    ["/path", 400, "bad-request"],
    ["http://allowed.test%2eevil.test/", 403, "invalid-host"],
    ["http://allowed.test\t/", 403, "invalid-host"],
    ["http://169.254.169.254/latest/meta-data", 403, "not-in-allowlist"],
  ])("denies %s", async (url, status, reason) => {
    const answer = await world.broker.fetch({ method: "GET", url, headers: {} });
    expect(answer.status).toBe(status);
    expect(answer.headers).toContainEqual(["x-sandbox-egress", reason]);
    expect(await textOf(answer)).toContain(reason);
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason });
  });

  test("denies a placeholder in plain text", async () => {
    const url = `http://allowed.test:${web.port}/?k=${placeholder}`;
    const answer = await world.broker.fetch({ method: "GET", url, headers: {} });
    expect(answer.headers).toContainEqual(["x-sandbox-egress", "secret-over-plaintext"]);
  });

  test("denies what HTTP cannot carry", async () => {
    const url = `http://allowed.test:${web.port}/`;
    for (const request of [
      { method: "CONNECT", headers: {} },
      { method: "G T", headers: {} },
      { method: "GET", headers: { "X-A": "b\r\nHost: evil.test" } },
      { method: "GET", headers: { "bad name": "x" } },
    ] as const) {
      const answer = await world.broker.fetch({ url, ...request });
      expect(answer.headers).toContainEqual(["x-sandbox-egress", "bad-request"]);
    }
  });

  test("ends when its body is left, and when its signal fires", async () => {
    const url = `http://allowed.test:${endless.port}/`;
    for await (const chunk of (await world.broker.fetch({ method: "GET", url, headers: {} })).body) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await waitUntil("the server is let go", () => endless.open.size === 0);
    const controller = new AbortController();
    const answer = await world.broker.fetch({ method: "GET", url, headers: {}, signal: controller.signal });
    controller.abort();
    await expect(textOf(answer)).rejects.toThrow();
    await waitUntil("the server is let go", () => endless.open.size === 0);
    const aborted = world.broker.fetch({ method: "GET", url, headers: {}, signal: controller.signal });
    await expect(aborted).rejects.toMatchObject({ code: "cancelled" });
  });
});
