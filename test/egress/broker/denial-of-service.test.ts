import { describe, expect, test } from "vitest";
import { Pace } from "../../../src/egress/broker/pace.ts";
import { sharedLookups } from "../../../src/egress/broker/shared-lookups.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { startBroker } from "./support/broker-under-test.ts";
import { startHttpOrigin } from "./support/origin.ts";
import { readUntil, settled, talk } from "./support/talk.ts";

describe("a flood of denials", () => {
  test("is told in part, with the number of the others", async () => {
    await using world = await startBroker({ allow: ["allowed.test"] });
    const flood = 3_000;
    const request = "GET http://evil.test/ HTTP/1.1\r\nHost: x\r\n\r\n";
    for (let sent = 0; sent < flood; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, () => talk(world.connect(), request)));
    }
    world.broker.close();
    expect(world.decisions.length).toBeLessThan(flood / 2);
    const untold = world.decisions.reduce((sum, decision) => sum + (decision.untold ?? 0), 0);
    expect(world.decisions.length + untold).toBe(flood);
  });

  test("is told to its end without another one", async () => {
    await using world = await startBroker({ allow: [], limits: { connections: 1 } });
    const held = world.connect();
    for (let sent = 0; sent < 2_000; sent += 1) world.connect().destroy();
    await waitUntil("all are told", () => {
      const untold = world.decisions.reduce((sum, decision) => sum + (decision.untold ?? 0), 0);
      return world.decisions.length + untold === 2_000;
    });
    held.destroy();
  });

  test("does not keep what is allowed from being told", async () => {
    const origin = await startHttpOrigin();
    await using world = await startBroker({
      allow: [`allowed.test:${origin.port}`],
      limits: { connections: 1 },
    });
    const held = world.connect();
    for (let sent = 0; sent < 2_000; sent += 1) world.connect().destroy();
    held.write(`GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await readUntil(held, /hello/)).toContain("200 OK");
    expect(world.decisions.filter(({ outcome }) => outcome === "allowed")).toHaveLength(1);
    held.destroy();
    await origin.close();
  });
});

describe("Pace", () => {
  test("lets a number pass at once, and no more", () => {
    const pace = new Pace(3, 0.001);
    expect([1, 2, 3, 4].map(() => pace.take())).toEqual([true, true, true, false]);
  });

  test("lets more pass as time goes by", async () => {
    const pace = new Pace(1, 100);
    expect(pace.take()).toBe(true);
    await waitUntil("there may be another", () => pace.take());
  });
});

describe("sharedLookups", () => {
  const never = { mostAtOnce: 2, patienceMs: 60_000 };

  test("asks once for one name, and again when that is over", async () => {
    const asked: string[] = [];
    const lookUp = sharedLookups(async (host) => {
      asked.push(host);
      return [`of ${host}`];
    }, never);
    expect(await Promise.all([lookUp("a"), lookUp("a"), lookUp("b")])).toEqual([
      ["of a"],
      ["of a"],
      ["of b"],
    ]);
    expect(asked).toEqual(["a", "b"]);
    await lookUp("a");
    expect(asked).toEqual(["a", "b", "a"]);
  });

  test("has so many under way, whatever becomes of them", async () => {
    const open: (() => void)[] = [];
    let most = 0;
    const lookUp = sharedLookups(async (host) => {
      const over = Promise.withResolvers<void>();
      most = Math.max(most, open.push(over.resolve));
      await over.promise;
      if (host === "2") throw new Error("no such name");
      return [host];
    }, never);
    const all = ["1", "2", "3", "4", "5"].map((host) => lookUp(host));
    const results = Promise.allSettled(all);
    while (open.length > 0 || most === 0) {
      open.shift()?.();
      await new Promise(setImmediate);
    }
    expect((await results).map(({ status }) => status)).toEqual(
      ["1", "2", "3", "4", "5"].map((host) => (host === "2" ? "rejected" : "fulfilled")),
    );
    expect(most).toBe(2);
  });

  test("begins none that nobody waits for any more", async () => {
    const asked: string[] = [];
    const first = Promise.withResolvers<readonly string[]>();
    const lookUp = sharedLookups(
      (host) => {
        asked.push(host);
        return first.promise;
      },
      { mostAtOnce: 1, patienceMs: 20 },
    );
    const slow = lookUp("slow");
    const late = lookUp("late");
    late.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 40));
    first.resolve([]);
    await slow;
    await expect(late).rejects.toThrow();
    expect(asked).toEqual(["slow"]);
  });
});

describe("what one sandbox keeps open", () => {
  test("idle connections to many hosts are bounded together", async () => {
    const origin = await startHttpOrigin();
    const names = Array.from({ length: 200 }, (_, index) => `h${index}.many.test`);
    await using world = await startBroker(
      { allow: [`*.many.test:${origin.port}`] },
      Object.fromEntries(names.map((name) => [name, ["127.0.0.1"]])),
    );
    const program = world.connect();
    for (const name of names) {
      program.write(`GET http://${name}:${origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(await readUntil(program, /hello from the origin\r\n0\r\n\r\n|hello from the origin$/)).toContain(
        "200 OK",
      );
    }
    expect(origin.open.size).toBeGreaterThan(0);
    // Sooner than idle ones end by themselves.
    await waitUntil("no more than 64 are idle", () => origin.open.size <= 64, 2_000);
    program.destroy();
    await origin.close();
  });

  test("heads that wait for earlier requests of their connection are bounded in bytes", async () => {
    const origin = await startHttpOrigin(() => {});
    await using world = await startBroker({ allow: [`allowed.test:${origin.port}`] });
    const head = `GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: x\r\n`;
    const patient = world.connect();
    patient.write(`${head}\r\n`.repeat(40));
    await waitUntil("the first is at the server", () => origin.requests.length === 1);
    const greedy = world.connect();
    greedy.write(`${head}X: ${"a".repeat(15_000)}\r\n\r\n`.repeat(10));
    await settled(greedy);
    expect(patient.destroyed).toBe(false);
    patient.destroy();
    await origin.close();
  });
});
