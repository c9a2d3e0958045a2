import { describe, expect, test } from "vitest";
import { waitUntil } from "../../support/wait-until.ts";
import { type BrokerUnderTest, startBroker } from "./support/broker-under-test.ts";
import { type Origin, startHttpOrigin, startTcpOrigin } from "./support/origin.ts";
import { connectTunnel, settled, talk } from "./support/talk.ts";

async function openAll(world: BrokerUnderTest, raw: Origin, web: Origin) {
  const tunnel = world.connect();
  await connectTunnel(tunnel, `allowed.test:${raw.port}`);
  const request = world.connect();
  request.write(`GET http://other.test:${web.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
  await waitUntil("both are there", () => raw.open.size === 1 && web.requests.length === 1);
  return { tunnel, request };
}

async function startOrigins() {
  return {
    raw: await startTcpOrigin((socket) => socket.resume().on("end", () => socket.end())),
    web: await startHttpOrigin(() => {}),
  };
}

describe("new rules", () => {
  test("close what they no longer allow, and leave the rest", async () => {
    const { raw, web } = await startOrigins();
    const [rawRule, webRule] = [`tcp://allowed.test:${raw.port}`, `other.test:${web.port}`];
    await using world = await startBroker({ allow: [rawRule, webRule] });
    const { tunnel, request } = await openAll(world, raw, web);
    world.broker.update([rawRule]);
    await settled(request);
    await waitUntil("the server is let go", () => web.open.size === 0);
    expect(tunnel.destroyed).toBe(false);
    expect(raw.open.size).toBe(1);
    // The same place, but with checks that this tunnel never passed.
    world.broker.update([`allowed.test:${raw.port}`]);
    await settled(tunnel);
    expect(world.broker.allow).toEqual([`allowed.test:${raw.port}`]);
    await waitUntil("both are told", () => world.traffic.length === 2);
    for (const origin of [raw, web]) await origin.close();
  });

  test("hold for the next request on an open connection", async () => {
    const web = await startHttpOrigin();
    await using world = await startBroker({ allow: [`allowed.test:${web.port}`] });
    const program = world.connect();
    const get = `GET http://allowed.test:${web.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`;
    program.write(get);
    await waitUntil("it is answered", () => world.traffic.length === 1);
    world.broker.update([]);
    expect(await talk(program, get)).toContain("X-Sandbox-Egress: not-in-allowlist");
    await web.close();
  });

  test("change the ports, which is told", async () => {
    await using world = await startBroker({ allow: ["allowed.test", "tcp://db.test:5432"] });
    const told: (readonly number[])[] = [];
    const stop = world.broker.onPortsChanged((ports) => told.push(ports));
    expect(world.broker.ports).toEqual([80, 443, 5432]);
    world.broker.update(["allowed.test:8443"]);
    world.broker.update(["other.test:8443"]);
    stop();
    world.broker.update([]);
    expect(told).toEqual([[80, 443, 8443]]);
    expect(world.broker.ports).toEqual([80, 443]);
  });

  test("are all checked before one holds", async () => {
    await using world = await startBroker({ allow: ["allowed.test"] });
    expect(() => world.broker.update(["other.test", "*"])).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
    expect(world.broker.allow).toEqual(["allowed.test"]);
  });
});

describe("closing", () => {
  test("ends everything and denies what comes", async () => {
    const { raw, web } = await startOrigins();
    const world = await startBroker({ allow: [`tcp://allowed.test:${raw.port}`, `other.test:${web.port}`] });
    const { tunnel, request } = await openAll(world, raw, web);
    const idle = world.connect();
    world.broker.close();
    world.broker.close();
    for (const program of [tunnel, request, idle]) await settled(program);
    await waitUntil("the servers are let go", () => raw.open.size + web.open.size === 0);
    const late = world.connect();
    await settled(late);
    const direct = world.connect({ host: "allowed.test", port: raw.port });
    await settled(direct);
    expect(world.decisions.at(-1)).toMatchObject({
      outcome: "denied",
      reason: "closed",
      host: "allowed.test",
    });
    await expect(
      world.broker.fetch({ method: "GET", url: "http://other.test/", headers: {} }),
    ).rejects.toMatchObject({
      code: "closed",
    });
    await world[Symbol.asyncDispose]();
    for (const origin of [raw, web]) await origin.close();
  });
});

describe("a decision", () => {
  test("is told before anything is dialled", async () => {
    const web = await startHttpOrigin();
    const recorded = Promise.withResolvers<void>();
    let told = 0;
    await using world = await startBroker({
      allow: [`allowed.test:${web.port}`],
      onDecision: () => {
        told += 1;
        return recorded.promise;
      },
    });
    const program = world.connect();
    program.write(`GET http://allowed.test:${web.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    await waitUntil("it is told", () => told === 1);
    expect(web.connections.count).toBe(0);
    recorded.resolve();
    await waitUntil("it is sent", () => web.requests.length === 1);
    program.destroy();
    await web.close();
  });

  test("that cannot be recorded is a denial", async () => {
    const web = await startHttpOrigin();
    const outcomes: string[] = [];
    await using world = await startBroker({
      allow: [`allowed.test:${web.port}`, `tcp://other.test:${web.port}`],
      onDecision: ({ outcome, reason }) => {
        outcomes.push(reason ?? outcome);
        return Promise.reject(new Error("disk full"));
      },
    });
    const get = `GET http://allowed.test:${web.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    expect(await talk(world.connect(), get)).toContain("X-Sandbox-Egress: audit-unavailable");
    const connect = `CONNECT other.test:${web.port} HTTP/1.1\r\nHost: x\r\n\r\n`;
    expect(await talk(world.connect(), connect)).toContain("X-Sandbox-Egress: audit-unavailable");
    expect(outcomes).toEqual(["allowed", "audit-unavailable", "allowed", "audit-unavailable"]);
    expect(web.connections.count).toBe(0);
    await web.close();
  });

  test("holds texts that are capped, and no query", async () => {
    await using world = await startBroker({ allow: [] });
    await talk(
      world.connect(),
      `GET http://other.test/${"p".repeat(999)}?secret HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    const { path } = world.decisions.at(-1) ?? {};
    expect(path).toHaveLength(255);
    expect(JSON.stringify(world.decisions)).not.toContain("secret");
  });
});
