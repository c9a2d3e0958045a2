import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEgressBroker, type EgressDecision } from "../../../src/egress/index.ts";
import { runPython, runShell, testRuntime, testSandbox } from "./support/embedded.ts";

const runtime = testRuntime();
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.headers.host}${request.url}`);
  if (request.url === "/leave") response.writeHead(302, { location: "http://169.254.169.254/" });
  response.end("from the server");
});
let port: number;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A sandbox behind the real broker, which may reach the server by its address alone. */
async function brokered() {
  const decisions: EgressDecision[] = [];
  const gateway = createEgressBroker({
    sandbox: "test",
    allow: [`127.0.0.1:${port}`],
    network: { openNetworks: ["127.0.0.1/32"] },
    onDecision: (decision) => void decisions.push(decision),
  });
  return { sandbox: await testSandbox(runtime, { gateway }), decisions, gateway };
}

describe("behind the real broker", () => {
  test("what is allowed is reached, by every program", async () => {
    const { sandbox, decisions } = await brokered();
    const { stdout } = await runShell(sandbox, `curl -s http://127.0.0.1:${port}/curl`);
    expect(stdout).toBe("from the server");
    const code = `import urllib.request as r; print(r.urlopen("http://127.0.0.1:${port}/py").read().decode())`;
    expect((await runPython(sandbox, code)).stdout).toBe("from the server\n");
    expect(asked).toEqual([`GET 127.0.0.1:${port}/curl`, `GET 127.0.0.1:${port}/py`]);
    expect(decisions.map(({ outcome }) => outcome)).toEqual(["allowed", "allowed"]);
  });

  test("everything else is denied, told to the program, and seen", async () => {
    const { sandbox, decisions } = await brokered();
    const before = asked.length;
    const hosts = [
      "evil.test",
      "127.0.0.1:1",
      `localhost:${port}`,
      `127.1:${port + 1}`,
      "169.254.169.254",
      `evil.test:${port}@127.0.0.1`,
      `127.0.0.1:${port}%00.evil.test`,
      "[::ffff:7f00:1]",
    ];
    for (const host of hosts) {
      const { stdout } = await runShell(sandbox, `curl -si 'http://${host}/'`);
      expect(stdout, host).toMatch(/^HTTP\/1.1 4\d\d .*x-sandbox-egress: [a-z-]+/s);
    }
    expect(asked).toHaveLength(before);
    expect(decisions.map(({ outcome }) => outcome)).toEqual(hosts.map(() => "denied"));
  });

  test("a redirect to elsewhere is denied", async () => {
    const { sandbox } = await brokered();
    const { stdout } = await runShell(sandbox, `curl -siL http://127.0.0.1:${port}/leave`);
    expect(stdout).toMatch(/^HTTP\/1.1 403 .*x-sandbox-egress/s);
  });

  test("nothing comes through when it is closed", async () => {
    const { sandbox, gateway } = await brokered();
    gateway.close();
    const { stderr, exitCode } = await runShell(sandbox, `curl -sS http://127.0.0.1:${port}/`);
    expect(stderr).toContain("Network access denied");
    expect(exitCode).toBe(7);
  });
});
