import { describe, expect, test } from "vitest";
import { startBroker } from "./support/broker-under-test.ts";
import { startHttpOrigin } from "./support/origin.ts";
import { talk } from "./support/talk.ts";

const hidden = [
  "10.1.2.3",
  "169.254.169.254",
  "192.168.0.1",
  "100.100.100.200",
  "168.63.129.16",
  "64:ff9b::a00:1",
  "2002:7f00:1::",
  "fd00:ec2::254",
  "::ffff:0:7f00:1",
];

describe("the address of an allowed name", () => {
  test.each(["127.0.0.1", ...hidden])("is not dialled when it is %s", async (address) => {
    const origin = await startHttpOrigin();
    const name = `allowed.test:${origin.port}`;
    await using world = await startBroker(
      { allow: [name], network: { openNetworks: [] } },
      { "allowed.test": [address] },
    );
    const answer = await talk(
      world.connect(),
      `GET http://${name}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(answer).toContain("X-Sandbox-Egress: resolved-address-denied");
    const tunnel = await talk(world.connect(), `CONNECT ${name} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(tunnel).toContain("X-Sandbox-Egress: resolved-address-denied");
    expect(world.decisions.map(({ reason }) => reason)).toEqual([
      "resolved-address-denied",
      "resolved-address-denied",
    ]);
    expect(origin.connections.count).toBe(0);
    await origin.close();
  });

  test("is asked for once, and the answer is what is dialled", async () => {
    const origin = await startHttpOrigin();
    const answers = ["127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2"];
    const name = `allowed.test:${origin.port}`;
    // The next answer would be one that must not be dialled.
    await using world = await startBroker(
      { allow: [name], network: { openNetworks: ["127.0.0.1/32"] } },
      { "allowed.test": () => answers.splice(0, 1) },
    );
    for (const status of [200, 403, 200, 403]) {
      const text = `POST http://${name}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx`;
      expect(await talk(world.connect(), text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    }
    expect(world.dns.asked).toHaveLength(4);
    await origin.close();
  });

  test("is passed over for another one that answers", async () => {
    const origin = await startHttpOrigin();
    const name = `allowed.test:${origin.port}`;
    await using world = await startBroker(
      { allow: [name] },
      { "allowed.test": ["10.0.0.1", "127.0.0.9", "127.0.0.1"] },
    );
    const answer = await talk(
      world.connect(),
      `GET http://${name}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toContain("200 OK");
    expect(world.decisions.map(({ address }) => address)).toEqual(["127.0.0.9", "127.0.0.1"]);
    await origin.close();
  });

  test("may be spelled out by a rule, and is judged all the same", async () => {
    const origin = await startHttpOrigin();
    const ask = `GET http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    await using open = await startBroker({ allow: [`127.0.0.1:${origin.port}`] });
    expect(await talk(open.connect(), ask)).toContain("200 OK");
    await using closed = await startBroker({
      allow: [`127.0.0.1:${origin.port}`],
      network: { openNetworks: [] },
    });
    expect(await talk(closed.connect(), ask)).toContain("X-Sandbox-Egress: resolved-address-denied");
    expect(origin.connections.count).toBe(1);
    await origin.close();
  });
});

describe("an empty allowlist", () => {
  test("denies everything and asks for nothing", async () => {
    await using world = await startBroker({ allow: [] });
    for (const text of [
      "GET http://allowed.test/ HTTP/1.1\r\nHost: x\r\n\r\n",
      "CONNECT allowed.test:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    ]) {
      const answer = await talk(world.connect(), text);
      expect(answer).toContain("X-Sandbox-Egress: not-in-allowlist");
      expect(answer).toContain("nothing is allowed");
    }
    expect(world.dns.asked).toEqual([]);
  });
});
