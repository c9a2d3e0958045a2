import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { tunnelLimits } from "../../../src/runtime/tunnel/tunnel-limits.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { ForwarderEnd } from "./support/forwarder-end.ts";

const { windowBytes, reportBytes, frameBytes } = tunnelLimits;
const ends: ForwarderEnd[] = [];

function start(...options: ConstructorParameters<typeof ForwarderEnd>): ForwarderEnd {
  const end = new ForwarderEnd(...options);
  ends.push(end);
  return end;
}

/** A tunnel that is ready, with one connection open. */
async function connected(): Promise<ForwarderEnd> {
  const end = start();
  end.ready();
  await end.tunnel.ready;
  end.open(1, { host: "a.test", port: 443 });
  await waitUntil("the connection is accepted", () => end.accepted.length === 1);
  return end;
}

function connectionOf(end: ForwarderEnd, index = 0) {
  const accepted = end.accepted[index];
  if (accepted === undefined) throw new Error(`there is no connection ${index}`);
  return accepted.connection;
}

afterEach(async () => {
  for (const { tunnel } of ends) {
    tunnel.close();
    await tunnel.ended;
  }
  ends.length = 0;
});

describe("readiness", () => {
  test("the forwarder is told the ports first, and ready resolves when it says so", async () => {
    const end = start();
    await waitUntil("the ports are sent", () => end.received.length === 1);
    expect(end.of("ports", 0)).toEqual([Buffer.from([0, 80, 1, 187])]);
    end.ready();
    await end.tunnel.ready;
  });

  test("changed ports are sent, until the tunnel ends", async () => {
    const end = await connected();
    for (const listener of end.portListeners) listener([22]);
    await waitUntil("the new ports are sent", () => end.of("ports", 0).length === 2);
    expect(end.of("ports", 0)[1]).toEqual(Buffer.from([0, 22]));
    end.tunnel.close();
    expect(end.portListeners.size).toBe(0);
  });

  test("a forwarder that says nothing is not waited for", async () => {
    const end = start(undefined, 20);
    await expect(end.tunnel.ready).rejects.toMatchObject({ code: "deadline_exceeded" });
    await end.tunnel.ended;
  });

  test("a forwarder that goes before it is ready makes ready reject", async () => {
    const end = start();
    end.transport.end();
    await expect(end.tunnel.ready).rejects.toMatchObject({ code: "runtime_error" });
    await end.tunnel.ended;
  });

  test("closing before it is ready rejects with closed; closing twice is nothing", async () => {
    const end = start();
    end.tunnel.close();
    end.tunnel.close();
    await expect(end.tunnel.ready).rejects.toMatchObject({ code: "closed" });
    await end.tunnel.ended;
  });
});

describe("a connection", () => {
  test("is handed to the gateway with its target, or without one", async () => {
    const end = await connected();
    end.open(2);
    await waitUntil("both are accepted", () => end.accepted.length === 2);
    expect(end.accepted.map(({ target }) => target)).toEqual([{ host: "a.test", port: 443 }, undefined]);
  });

  test("carries bytes both ways, and each direction ends by itself", async () => {
    const end = await connected();
    const connection = connectionOf(end);
    end.send("data", 1, Buffer.from("ping"));
    end.send("end", 1);
    expect(await text(connection)).toBe("ping");
    expect(connection.destroyed).toBe(false);
    connection.end("pong");
    await waitUntil("the end arrives", () => end.of("end", 1).length === 1);
    expect(String(Buffer.concat(end.of("data", 1)))).toBe("pong");
    await waitUntil("it is over", () => connection.destroyed);
    expect(end.of("reset", 1)).toEqual([]);
  });

  test("that the gateway destroys is reset", async () => {
    const end = await connected();
    connectionOf(end).destroy();
    await waitUntil("the reset arrives", () => end.of("reset", 1).length === 1);
    // What the forwarder had sent before it knew is passed over.
    end.send("data", 1, Buffer.from("late"));
    end.window(1, 1);
    end.send("end", 1);
    end.open(2);
    await waitUntil("the next one is accepted", () => end.accepted.length === 2);
  });

  test("that the program resets fails with ECONNRESET, also when nobody listens", async () => {
    const end = await connected();
    const connection = connectionOf(end);
    end.send("reset", 1);
    await waitUntil("it is destroyed", () => connection.destroyed);
    expect(connection.errored).toMatchObject({ code: "ECONNRESET" });
  });

  test("of a gateway that throws is reset", async () => {
    const end = start(() => {
      throw new Error("a defect");
    });
    end.ready();
    end.open(1);
    await waitUntil("the reset arrives", () => end.of("reset", 1).length === 1);
  });

  test("beyond the limit is reset, and others go on", async () => {
    const end = start();
    end.ready();
    for (let number = 1; number <= tunnelLimits.streams + 1; number++) end.open(number);
    await waitUntil("one is reset", () => end.received.some(({ kind }) => kind === 6));
    expect(end.accepted.length).toBe(tunnelLimits.streams);
    expect(end.of("reset", tunnelLimits.streams + 1)).toHaveLength(1);
    connectionOf(end).destroy();
    end.open(tunnelLimits.streams + 2);
    await waitUntil("there is room again", () => end.accepted.length === tunnelLimits.streams + 1);
  });
});

describe("flow control", () => {
  test("no more is sent than the window allows, in frames of bounded size, until more is granted", async () => {
    const end = await connected();
    const connection = connectionOf(end);
    const all = Buffer.alloc(3 * windowBytes, "x");
    connection.write(all);
    const sent = () => end.of("data", 1).reduce((sum, { length }) => sum + length, 0);
    await waitUntil("the window is spent", () => sent() === windowBytes);
    end.window(1, 1000);
    await waitUntil("what was granted is sent", () => sent() === windowBytes + 1000);
    end.window(1, windowBytes);
    end.window(1, windowBytes - 1000);
    await waitUntil("all is sent", () => sent() === all.length);
    expect(Math.max(...end.of("data", 1).map(({ length }) => length))).toBeLessThanOrEqual(frameBytes);
  });

  test("a connection that waits does not hold up another", async () => {
    const end = await connected();
    end.open(2);
    await waitUntil("both are accepted", () => end.accepted.length === 2);
    connectionOf(end).write(Buffer.alloc(2 * windowBytes));
    connectionOf(end, 1).write("hello");
    await waitUntil("the other is served", () => end.of("data", 2).length === 1);
  });

  test("consumed bytes are reported, unread ones are not", async () => {
    const end = await connected();
    const connection = connectionOf(end);
    end.send("data", 1, Buffer.alloc(frameBytes));
    connection.once("data", () => connection.pause());
    await waitUntil("the report arrives", () => end.of("window", 1).length > 0);
    const granted = () => end.of("window", 1).reduce((sum, payload) => sum + payload.readUInt32BE(), 0);
    expect(granted()).toBeGreaterThanOrEqual(reportBytes);
    expect(granted()).toBeLessThanOrEqual(frameBytes);
  });
});

describe("what a hostile forwarder does ends the tunnel and every connection in it:", () => {
  test.each<[string, (end: ForwarderEnd) => void]>([
    ["ready twice", (end) => end.ready()],
    ["a number that is used", (end) => end.open(1)],
    ["a number that is skipped", (end) => end.open(3)],
    ["data for a connection that never was", (end) => end.send("data", 2, Buffer.from("x"))],
    ["an end for a connection that never was", (end) => end.send("end", 2)],
    ["a reset for a connection that never was", (end) => end.send("reset", 7)],
    ["data for the tunnel itself", (end) => end.send("data", 0, Buffer.from("x"))],
    ["a window that was not spent", (end) => end.window(1, 1)],
    ["a window of nothing", (end) => end.window(1, 0)],
    ["a second end", (end) => [1, 1].forEach((one) => void end.send("end", one))],
    [
      "data after the end",
      (end) => {
        end.send("end", 1);
        end.send("data", 1, Buffer.from("x"));
      },
    ],
    [
      "more data than the window allows",
      (end) => {
        for (let sent = 0; sent <= windowBytes; sent += frameBytes)
          end.send("data", 1, Buffer.alloc(frameBytes));
      },
    ],
    ["a frame of a kind that only the host sends", (end) => end.send("ports", 0)],
    ["no frame at all", (end) => end.transport.write("GET / HTTP/1.1\r\n\r\n")],
  ])("%s", async (_what, attack) => {
    const end = await connected();
    const connection = connectionOf(end);
    attack(end);
    await end.tunnel.ended;
    expect(connection.destroyed).toBe(true);
    await waitUntil("the transport is closed", () => end.transport.readableEnded || end.transport.destroyed);
  });

  test("a connection before it was ready", async () => {
    const end = start();
    end.open(1);
    await expect(end.tunnel.ready).rejects.toMatchObject({ code: "runtime_error" });
    expect(end.accepted).toEqual([]);
  });

  test("never reading what it is told", async () => {
    const end = await connected();
    end.transport.pause();
    end.transport.removeAllListeners("data");
    let number = 1;
    let ended = false;
    void end.tunnel.ended.then(() => {
      ended = true;
    });
    await waitUntil("the tunnel ends", () => {
      for (let count = 0; count < 10_000 && !ended; count++) end.open(++number);
      return ended;
    });
    expect(number).toBeLessThan(1_000_000);
  });

  test("a flood of single bytes costs little memory while nobody reads", async () => {
    const end = await connected();
    const before = process.memoryUsage();
    const frame = Buffer.concat([Buffer.from([4, 0, 0, 1, 0, 0, 0, 1]), Buffer.from("x")]);
    const flood = Buffer.concat(Array.from({ length: 1024 }, () => frame));
    for (let sent = 0; sent < windowBytes; sent += 1024) end.transport.write(flood);
    end.open(2);
    await waitUntil("all of it has arrived", () => end.accepted.length === 2);
    const after = process.memoryUsage();
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(
      32 * 1024 * 1024,
    );
    expect(connectionOf(end).destroyed).toBe(false);
  });
});

test("resetting ends the open connections, and new ones are served", async () => {
  const end = await connected();
  end.tunnel.reset();
  expect(connectionOf(end).destroyed).toBe(true);
  end.open(2);
  await waitUntil("the next one is accepted", () => end.accepted.length === 2);
  expect(connectionOf(end, 1).destroyed).toBe(false);
});

test("when the transport breaks, connections end and nothing is thrown", async () => {
  const end = await connected();
  end.transport.on("error", () => {}).destroy(new Error("the engine went away"));
  await end.tunnel.ended;
  expect(connectionOf(end).errored).toMatchObject({ code: "ECONNRESET" });
});
