import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { type BrokerUnderTest, startBroker } from "./support/broker-under-test.ts";
import { type Origin, startHttpOrigin } from "./support/origin.ts";
import { connectTunnel, readUntil, startTls, talk } from "./support/talk.ts";
import { createTestAuthority, type TestAuthority } from "./support/test-certificates.ts";

const placeholder = "sbx_secret_token_0123456789abcdef0123456789abcdef0123";
const otherPlaceholder = "sbx_secret_other_fedcba9876543210fedcba9876543210fedc";
const canary = "canary-$&-8c1f";

let authority: TestAuthority;
let bound: Origin;
let other: Origin;
let plain: Origin;
let forged: Origin;
let expired: Origin;
let world: BrokerUnderTest;
let value: () => Promise<string>;

beforeAll(async () => {
  authority = createTestAuthority();
  bound = await startHttpOrigin((request, response) => {
    response.setHeader("X-Echo", String(request.headers.authorization ?? ""));
    response.setHeader("X-Encoded", encodeURIComponent(String(request.headers["x-api-key"] ?? "")));
    response.setHeader("X-Sandbox-Egress", "forged");
    response.end("body");
  }, authority.issue("bound.test"));
  other = await startHttpOrigin(undefined, authority.issue("other.test"));
  plain = await startHttpOrigin();
  forged = await startHttpOrigin(undefined, createTestAuthority().issue("forged.test"));
  expired = await startHttpOrigin(undefined, authority.issue("expired.test", { isExpired: true }));
  const hosts = { bound, other, forged, expired };
  world = await startBroker(
    {
      allow: [
        ...Object.entries(hosts).map(([name, { port }]) => `${name}.test:${port}`),
        `plain.test:${plain.port}`,
      ],
      network: { certificateAuthorities: [authority.certificate] },
      secrets: [
        {
          name: "TOKEN",
          placeholder,
          hosts: ["bound", "forged", "expired"].map((name) => `${name}.test:${hosts[name as "bound"].port}`),
          value: () => value(),
        },
        { name: "OTHER", placeholder: otherPlaceholder, hosts: ["else.test"], value: async () => "never" },
      ],
    },
    Object.fromEntries([...Object.keys(hosts), "plain"].map((name) => [`${name}.test`, ["127.0.0.1"]])),
  );
  value = async () => canary;
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  for (const origin of [bound, other, plain, forged, expired]) await origin.close();
});

async function open(
  host: string,
  port: number,
  ca = world.broker.certificateAuthority ?? "",
): Promise<TLSSocket> {
  const program = world.connect();
  expect(await connectTunnel(program, `${host}:${port}`)).toContain("200");
  return await startTls(program, { servername: host, ca, ALPNProtocols: ["h2", "http/1.1"] });
}

async function ask(host: string, port: number, headers: string, path = "/p?q=1"): Promise<string> {
  const secured = await open(host, port);
  return await talk(
    secured,
    `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n${headers}Connection: close\r\n\r\n`,
  );
}

describe("a secret", () => {
  test("stands at the server alone, in every header", async () => {
    const basic = Buffer.from(`user:${placeholder}`).toString("base64");
    const answer = await ask(
      "bound.test",
      bound.port,
      `Authorization: Bearer ${placeholder}\r\nX-Api-Key: ${placeholder}\r\nX-Basic: Basic ${basic}\r\n`,
    );
    const seen = bound.requests.at(-1);
    expect(seen?.headers).toMatchObject({
      authorization: `Bearer ${canary}`,
      "x-api-key": canary,
      "x-basic": `Basic ${Buffer.from(`user:${canary}`).toString("base64")}`,
    });
    expect(seen?.url).toBe("/p?q=1");
    expect(answer).toContain(`X-Echo: Bearer ${placeholder}`);
    expect(answer).toContain(`X-Encoded: ${placeholder}`);
    expect(answer).not.toContain("forged");
    expect(answer).not.toContain(canary);
    const decision = world.decisions.at(-1);
    expect(decision).toMatchObject({ outcome: "allowed", protocol: "https", path: "/p", secrets: ["TOKEN"] });
    const traffic = await waitUntil("the traffic is told", () =>
      world.traffic.find(({ id }) => id === decision?.id),
    );
    expect(traffic).toMatchObject({ status: 200, redactedSecrets: ["TOKEN"] });
    expect(JSON.stringify([world.decisions, world.traffic])).not.toContain(canary);
  });

  test("comes back out of credentials as they were sent", async () => {
    const basic = Buffer.from(`user:${placeholder}`).toString("base64");
    const answer = await ask("bound.test", bound.port, `Authorization: Basic ${basic}\r\n`);
    expect(answer).toContain(`X-Echo: Basic ${basic}`);
  });

  test("is not put into the URL or the body", async () => {
    const secured = await open("bound.test", bound.port);
    const body = `key=${placeholder}`;
    await talk(
      secured,
      `POST /?k=${placeholder} HTTP/1.1\r\nHost: bound.test\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
    expect(bound.requests.at(-1)).toMatchObject({ url: `/?k=${placeholder}`, body });
  });

  test("of another host is refused where requests are seen", async () => {
    const before = bound.requests.length;
    const answer = await ask("bound.test", bound.port, `X-Key: ${otherPlaceholder}\r\n`);
    expect(answer).toContain("X-Sandbox-Egress: secret-host-mismatch");
    expect(answer).toContain("OTHER");
    expect(bound.requests.length).toBe(before);
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason: "secret-host-mismatch" });
  });

  test("reaches an unbound host as the useless placeholder", async () => {
    const program = world.connect();
    await connectTunnel(program, `other.test:${other.port}`);
    const secured = await startTls(program, { servername: "other.test", ca: authority.certificate });
    await talk(
      secured,
      `GET / HTTP/1.1\r\nHost: other.test\r\nX-Key: ${placeholder}\r\nConnection: close\r\n\r\n`,
    );
    expect(other.requests.at(-1)?.headers["x-key"]).toBe(placeholder);
  });

  test.each([
    ["a header", "/", `X-Key: ${placeholder}`],
    ["the query", `/?k=${placeholder}`, "X: 1"],
    ["credentials", "/", `Authorization: Basic ${Buffer.from(`u:${placeholder}`).toString("base64")}`],
  ])("is refused in plain text, in %s", async (_, path, header) => {
    const before = plain.connections.count;
    const text = `GET http://plain.test:${plain.port}${path} HTTP/1.1\r\nHost: x\r\n${header}\r\nConnection: close\r\n\r\n`;
    expect(await talk(world.connect(), text)).toContain("X-Sandbox-Egress: secret-over-plaintext");
    expect(plain.connections.count).toBe(before);
  });

  test("is refused in the head of a CONNECT", async () => {
    const text = `CONNECT bound.test:${bound.port} HTTP/1.1\r\nHost: x\r\nX-Key: ${placeholder}\r\n\r\n`;
    expect(await talk(world.connect(), text)).toContain("X-Sandbox-Egress: secret-over-plaintext");
  });

  test("is read for each request", async () => {
    const header = `X-Api-Key: ${placeholder}\r\n`;
    value = async () => "rotated";
    await ask("bound.test", bound.port, header);
    expect(bound.requests.at(-1)?.headers["x-api-key"]).toBe("rotated");
    const before = bound.requests.length;
    for (const broken of [
      () => Promise.reject(new Error(canary)),
      async () => "",
      async () => "two\r\nlines",
    ]) {
      value = broken;
      const answer = await ask("bound.test", bound.port, header);
      expect(answer).toMatch(/^HTTP\/1.1 502 /);
      expect(answer).toContain("X-Sandbox-Egress: secret-unavailable");
      expect(answer).not.toContain(canary);
    }
    expect(bound.requests.length).toBe(before);
    value = async () => canary;
  });
});

describe("a request in TLS that is terminated", () => {
  test("must be for the host of the tunnel", async () => {
    const before = bound.requests.length;
    for (const host of ["other.test", `bound.test:${bound.port + 1}`, "bound.test.evil.test"]) {
      const secured = await open("bound.test", bound.port);
      const answer = await talk(secured, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 421 /);
      expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason: "host-header-mismatch" });
    }
    const secured = await open("bound.test", bound.port);
    const absolute = `GET https://other.test/ HTTP/1.1\r\nHost: bound.test\r\nConnection: close\r\n\r\n`;
    expect(await talk(secured, absolute)).toMatch(/^HTTP\/1.1 421 /);
    expect(bound.requests.length).toBe(before);
  });

  test("speaks HTTP/1.1 and nothing else", async () => {
    const secured = await open("bound.test", bound.port);
    expect(secured.alpnProtocol).toBe("http/1.1");
    secured.destroy();
    const program = world.connect();
    await connectTunnel(program, `bound.test:${bound.port}`);
    const ca = world.broker.certificateAuthority ?? "";
    await expect(
      startTls(program, { servername: "bound.test", ca, ALPNProtocols: ["h2"] }),
    ).rejects.toThrow();
  });

  test.each([
    ["forged", () => forged],
    ["expired", () => expired],
  ])("does not go to a server whose certificate is %s", async (name, origin) => {
    const answer = await ask(`${name}.test`, origin().port, `X-Key: ${placeholder}\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 502 /);
    expect(answer).toContain("X-Sandbox-Egress: upstream-certificate");
    expect(origin().requests).toEqual([]);
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason: "upstream-certificate" });
  });

  test("may become WebSocket, with secrets in its head", async () => {
    bound.onUpgrade = (request, socket) => {
      const echo = `X-Echo: ${request.headers.authorization}`;
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${echo}\r\n\r\nfirst`,
      );
      socket.pipe(socket);
    };
    const secured = await open("bound.test", bound.port);
    secured.write(
      `GET /ws HTTP/1.1\r\nHost: bound.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a\r\nAuthorization: ${placeholder}\r\n\r\n`,
    );
    const head = await readUntil(secured, /first/);
    expect(head).toMatch(/^HTTP\/1.1 101 /);
    expect(head).toContain(`X-Echo: ${placeholder}`);
    expect(bound.requests.at(-1)?.headers).toMatchObject({
      upgrade: "websocket",
      authorization: canary,
      "sec-websocket-key": "a",
    });
    secured.end("frames");
    expect(await readUntil(secured, /frames/)).toBe("frames");
    secured.destroy();
    await waitUntil("its traffic is told", () => world.traffic.some(({ status }) => status === 101));
  });

  test("is answered plainly when the server wants no WebSocket", async () => {
    bound.onUpgrade = (_, socket) =>
      socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    const secured = await open("bound.test", bound.port);
    const answer = await talk(
      secured,
      "GET /ws HTTP/1.1\r\nHost: bound.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1.1 404 Not Found\r\n/);
    expect(answer).toMatch(/no$/);
  });
});

describe("the authority of a sandbox", () => {
  test("is its own, and does not sign authorities", async () => {
    const pem = world.broker.certificateAuthority ?? "";
    const certificate = new X509Certificate(pem);
    expect(certificate.ca).toBe(true);
    await using second = await startBroker({ allow: [], network: { intercept: "all" } });
    expect(second.broker.certificateAuthority).toContain("BEGIN CERTIFICATE");
    await expect(open("bound.test", bound.port, second.broker.certificateAuthority)).rejects.toThrow();
    await using none = await startBroker({ allow: [] });
    expect(none.broker.certificateAuthority).toBeUndefined();
  });

  test("is accepted by OpenSSL under its strictest rules", async () => {
    const secured = await open("bound.test", bound.port);
    const leaf = secured.getPeerX509Certificate();
    expect(leaf?.subjectAltName).toBe("DNS:bound.test");
    expect(Date.parse(leaf?.validTo ?? "") - Date.now()).toBeLessThanOrEqual(86_400_000);
    secured.destroy();
    const folder = await temporaryFolder();
    const [ca, cert] = [join(folder, "ca.pem"), join(folder, "leaf.pem")];
    writeFileSync(ca, world.broker.certificateAuthority ?? "");
    writeFileSync(cert, leaf?.toString() ?? "");
    const out = execFileSync("openssl", [
      "verify",
      "-x509_strict",
      "-purpose",
      "sslserver",
      "-CAfile",
      ca,
      cert,
    ]);
    expect(out.toString()).toContain("OK");
  });

  test("terminates TLS for all hosts where the platform wants it", async () => {
    await using all = await startBroker({
      allow: [`other.test:${other.port}`],
      network: { intercept: "all", certificateAuthorities: [authority.certificate] },
    });
    const program = all.connect();
    await connectTunnel(program, `other.test:${other.port}`);
    const secured = await startTls(program, {
      servername: "other.test",
      ca: all.broker.certificateAuthority ?? "",
    });
    expect(await talk(secured, "GET /x HTTP/1.1\r\nHost: front.test\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1.1 421/,
    );
    expect(all.decisions.at(-1)).toMatchObject({ reason: "host-header-mismatch", path: "/x" });
  });
});
