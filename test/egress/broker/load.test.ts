import { Agent, request } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { waitUntil } from "../../support/wait-until.ts";
import { startBroker } from "./support/broker-under-test.ts";
import { startHttpOrigin } from "./support/origin.ts";
import { connectTunnel, settled, startTls, talk } from "./support/talk.ts";
import { createTestAuthority } from "./support/test-certificates.ts";

function collectGarbage(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;
}

function get(port: number, url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path: url, agent, headers: { Host: "x" } }, (answer) => {
      answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
    });
    sent.once("error", reject).end();
  });
}

describe("thousands of requests", () => {
  test("leave no listener, no socket and no memory behind", async () => {
    const warnings: string[] = [];
    const warn = ({ message }: Error) => void warnings.push(message);
    process.on("warning", warn);
    const before = sockets();
    const origin = await startHttpOrigin();
    const world = await startBroker({ allow: [`allowed.test:${origin.port}`] });
    const port = await world.listen();
    const url = `http://allowed.test:${origin.port}/`;
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const round = async (count: number) => {
      const statuses = await Promise.all(Array.from({ length: count }, () => get(port, url, agent)));
      expect(statuses.every((status) => status === 200)).toBe(true);
      origin.requests.length = 0;
      world.decisions.length = 0;
      world.traffic.length = 0;
    };
    await round(500);
    const heapBytes = collectGarbage();
    await round(1_000);
    await round(1_000);
    expect(collectGarbage() - heapBytes).toBeLessThan(2_000_000);
    expect(origin.connections.count).toBeLessThan(100);
    agent.destroy();
    await world[Symbol.asyncDispose]();
    await origin.close();
    await waitUntil("every socket is closed", () => sockets() <= before);
    expect(warnings).toEqual([]);
    process.off("warning", warn);
  });

  test("inside one terminated tunnel share a connection", async () => {
    const authority = createTestAuthority();
    const origin = await startHttpOrigin(undefined, authority.issue("allowed.test"));
    await using world = await startBroker({
      allow: [`allowed.test:${origin.port}`],
      network: { intercept: "all", certificateAuthorities: [authority.certificate] },
    });
    const program = world.connect();
    await connectTunnel(program, `allowed.test:${origin.port}`);
    const secured = await startTls(program, {
      servername: "allowed.test",
      ca: world.broker.certificateAuthority ?? "",
    });
    const head = "GET / HTTP/1.1\r\nHost: allowed.test\r\n";
    const answers = await talk(secured, `${`${head}\r\n`.repeat(99)}${head}Connection: close\r\n\r\n`);
    expect(answers.match(/hello from the origin/g)).toHaveLength(100);
    expect(world.traffic).toHaveLength(100);
    await origin.close();
  });

  test("sent ahead on one connection wait for one another, up to a bound", async () => {
    let together = 0;
    let most = 0;
    const origin = await startHttpOrigin((_, response) => {
      together += 1;
      most = Math.max(most, together);
      setTimeout(() => {
        together -= 1;
        response.end("slow");
      }, 5);
    });
    await using world = await startBroker({ allow: [`allowed.test:${origin.port}`] });
    const head = `GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: x\r\n`;
    const answers = await talk(
      world.connect(),
      `${`${head}\r\n`.repeat(20)}${head}Connection: close\r\n\r\n`,
    );
    expect(answers.match(/slow/g)).toHaveLength(21);
    expect(most).toBe(1);
    const flood = world.connect();
    flood.write(`${head}\r\n`.repeat(1_000));
    await settled(flood);
    await origin.close();
  });
});
