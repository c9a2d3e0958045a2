import { describe, expect, test } from "vitest";
import { waitUntil } from "../../support/wait-until.ts";
import { startBroker } from "./support/broker-under-test.ts";
import { startHttpOrigin, startTcpOrigin } from "./support/origin.ts";
import { connectTunnel, readToEnd, readUntil, settled, talk } from "./support/talk.ts";

describe("limits", () => {
  test("bound the connections open at once", async () => {
    await using world = await startBroker({ allow: ["allowed.test"], limits: { connections: 2 } });
    const first = world.connect();
    const second = world.connect();
    expect(await readToEnd(world.connect())).toContain("X-Sandbox-Egress: too-many-connections");
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason: "too-many-connections" });
    first.destroy();
    await settled(first);
    await waitUntil("there is room again", async () => {
      const answer = await talk(world.connect(), "GET http://other.test/ HTTP/1.1\r\nHost: x\r\n\r\n");
      return answer.includes("not-in-allowlist");
    });
    second.destroy();
  });

  test("end heads and hellos that do not arrive", async () => {
    await using world = await startBroker({ allow: ["allowed.test"], limits: { headerMs: 100 } });
    const silent = world.connect();
    const slow = world.connect();
    slow.write("GET http://allowed.test/ HTTP/1.1\r\nHost: x\r\n");
    const tunnel = world.connect();
    await connectTunnel(tunnel, "allowed.test:443");
    tunnel.write(Buffer.of(0x16, 3, 1));
    for (const program of [silent, slow, tunnel]) await settled(program);
    expect(world.decisions.at(-1)?.reason).toBe("non-tls-on-connect");
  });

  test("end what is silent both ways", async () => {
    const quiet = await startTcpOrigin((socket) => socket.resume().on("end", () => socket.end()));
    const mute = await startHttpOrigin(() => {});
    await using world = await startBroker({
      allow: [`tcp://allowed.test:${quiet.port}`, `allowed.test:${mute.port}`],
      limits: { idleMs: 150 },
    });
    const program = world.connect();
    await connectTunnel(program, `allowed.test:${quiet.port}`);
    await settled(program);
    const answer = await talk(
      world.connect(),
      `GET http://allowed.test:${mute.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    expect(answer).toContain("X-Sandbox-Egress: connect-failed");
    await waitUntil("nothing is left at the servers", () => quiet.open.size + mute.open.size === 0);
    await waitUntil("both ends are told", () => world.traffic.length === 2);
    for (const origin of [quiet, mute]) await origin.close();
  });

  test("hold back a server whose answer nobody reads", async () => {
    let writtenBytes = 0;
    const chunk = Buffer.alloc(65_536);
    const flood = await startTcpOrigin((socket) => {
      const more = () => {
        while (!socket.destroyed && writtenBytes < 200_000_000) {
          writtenBytes += chunk.length;
          if (!socket.write(chunk)) return;
        }
      };
      socket.on("drain", more);
      more();
    });
    await using world = await startBroker({
      allow: [`tcp://allowed.test:${flood.port}`],
      limits: { idleMs: 400 },
    });
    const program = world.connect();
    program.write(`CONNECT allowed.test:${flood.port} HTTP/1.1\r\nHost: x\r\n\r\n`);
    // Never read: the connection ends by its silence, long before the flood does.
    await waitUntil("it is over", () => world.traffic.length === 1);
    expect(writtenBytes).toBeLessThan(50_000_000);
    expect(program.readableLength).toBeLessThan(1_000_000);
    await flood.close();
  });

  test("bound the bytes of a sandbox's life", async () => {
    const origin = await startHttpOrigin((_, response) => response.end(Buffer.alloc(300_000)));
    const echo = await startTcpOrigin((socket) => socket.pipe(socket));
    await using world = await startBroker({
      allow: [`allowed.test:${origin.port}`, `tcp://allowed.test:${echo.port}`],
      limits: { totalBytes: 1_000_000 },
    });
    const get = `GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    expect((await talk(world.connect(), get)).length).toBeGreaterThan(300_000);
    const program = world.connect();
    await connectTunnel(program, `allowed.test:${echo.port}`);
    program.write(Buffer.alloc(2_000_000));
    await settled(program);
    expect(await talk(world.connect(), get)).toContain("X-Sandbox-Egress: byte-budget-spent");
    const tunnel = await talk(
      world.connect(),
      `CONNECT allowed.test:${echo.port} HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    expect(tunnel).toContain("X-Sandbox-Egress: byte-budget-spent");
    const movedBytes = world.traffic.reduce(
      (sum, { sentBytes, receivedBytes }) => sum + sentBytes + receivedBytes,
      0,
    );
    expect(movedBytes).toBeLessThan(1_500_000);
    for (const server of [origin, echo]) await server.close();
  });

  test("bound the wait for a name and a connection", async () => {
    await using world = await startBroker({
      allow: ["allowed.test"],
      limits: { connectMs: 200 },
      // Nobody answers there.
      network: { nameServers: ["127.0.0.1:9"] },
    });
    const answer = await talk(world.connect(), "GET http://allowed.test/ HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(answer).toContain("X-Sandbox-Egress: dns-failed");
  });
});

describe("options", () => {
  test.each([
    [{ allow: ["*"] }, "allow.0"],
    [{ allow: ["10.0.0.0/8"] }, "allow.0"],
    [{ allow: [], limits: { connections: 0 } }, "limits.connections"],
    [{ allow: [], network: { nameServers: ["nowhere"] } }, "network.nameServers"],
    [{ allow: [], network: { openNetworks: ["x"] } }, "openNetworks.0"],
    [{ allow: [], network: { certificateAuthorities: ["/etc/ca.pem"] } }, "network.certificateAuthorities.0"],
    [
      { allow: [], secrets: [{ name: "A", placeholder: "short", hosts: [], value: async () => "" }] },
      "secrets.0.placeholder",
    ],
  ])("are checked, case %#", async (options, field) => {
    await expect(startBroker(options)).rejects.toMatchObject({ code: "invalid_argument", data: { field } });
  });

  test("leave requests of others alone while one never reads", async () => {
    const origin = await startHttpOrigin();
    await using world = await startBroker({ allow: [`allowed.test:${origin.port}`] });
    const lazy = world.connect();
    lazy.write("GET http://other.test/ HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2_000));
    const program = world.connect();
    program.write(`GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    await readUntil(program, /hello/);
    lazy.destroy();
    program.destroy();
    await origin.close();
  });
});
