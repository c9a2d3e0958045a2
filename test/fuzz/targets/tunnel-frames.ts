import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { encodeFrame, frameKinds } from "../../../src/runtime/tunnel/frames.ts";
import { tunnelLimits } from "../../../src/runtime/tunnel/tunnel-limits.ts";
import { ForwarderEnd } from "../../runtime/tunnel/support/forwarder-end.ts";
import type { FuzzTarget } from "../support/fuzz-target.ts";
import type { Random } from "../support/random.ts";
import { createTally } from "../support/tally.ts";

const tally = createTally();
let surprises: unknown[] = [];
const surprised = (error: unknown) => void surprises.push(error);

/** Whatever a forwarder sends: nothing is thrown, memory is bounded by the windows, and a tunnel that ends takes all with it. */
export const target: FuzzTarget = {
  name: "tunnel-frames",
  setUp: () => {
    tally.reset();
    surprises = [];
    process.on("uncaughtException", surprised);
    process.on("unhandledRejection", surprised);
  },
  run: async (random) => {
    const end = new ForwarderEnd(gatewayOf(random));
    let ended = false;
    void end.tunnel.ended.then(() => {
      ended = true;
    });
    if (!random.oneIn(20)) end.ready();
    const script = Buffer.concat(hostileFrames(random));
    if (random.oneIn(4)) script[random.below(script.length)] = random.below(256);
    for (let at = 0; at < script.length; ) {
      const size = random.one([1, 7, 9, 64, 4096, script.length]);
      end.transport.write(script.subarray(at, at + size));
      at += size;
      if (random.oneIn(8)) await turn();
    }
    await turn();
    const open = end.accepted.filter(({ connection }) => !connection.destroyed);
    assert.ok(open.length <= tunnelLimits.streams, "too many connections");
    for (const { connection } of open) {
      assert.ok(connection.readableLength <= tunnelLimits.windowBytes, "more is held than the window");
    }
    tally.count(ended ? "violation" : "orderly");
    if (end.accepted.length > 0) tally.count("accepted");
    end.tunnel.close();
    await end.tunnel.ended;
    assert.ok(
      end.accepted.every(({ connection }) => connection.destroyed),
      "a connection outlives its tunnel",
    );
    assert.equal(end.portListeners.size, 0, "a listener outlives its tunnel");
    end.transport.destroy();
    assert.deepEqual(surprises, []);
  },
  tearDown: () => {
    process.off("uncaughtException", surprised);
    process.off("unhandledRejection", surprised);
    tally.expectEach(["violation", "orderly", "accepted"], 50);
  },
};

/** Echoes, ignores, swallows or drops each connection. */
function gatewayOf(random: Random): ConstructorParameters<typeof ForwarderEnd>[0] {
  return (connection) => {
    const manner = random.below(5);
    if (manner === 0) connection.pipe(connection);
    else if (manner === 1) connection.resume();
    else if (manner === 2) connection.destroy();
    else if (manner === 3) connection.end(Buffer.alloc(random.below(200_000)));
  };
}

/** Mostly what a forwarder would send, with mistakes in between. */
function hostileFrames(random: Random): Buffer[] {
  const frames: Buffer[] = [];
  let last = 0;
  for (let count = random.between(1, 40); count > 0; count -= 1) {
    const connection = random.oneIn(30) ? random.below(5) : random.between(1, Math.max(1, last));
    const kind = random.oneIn(100) ? random.below(10) : random.one([3, 3, 4, 4, 4, 5, 6, 7]);
    if (kind === frameKinds.open) {
      last += random.oneIn(60) ? random.below(3) : 1;
      const target = random.oneIn(2) ? undefined : random.bytes(random.oneIn(40) ? random.below(400) : 9);
      frames.push(encodeFrame(kind, last, target));
    } else if (kind === frameKinds.data) {
      frames.push(encodeFrame(kind, connection, Buffer.alloc(random.oneIn(20) ? random.below(70_000) : 100)));
    } else if (kind === frameKinds.window) {
      const grant = Buffer.alloc(4);
      grant.writeUInt32BE(random.oneIn(10) ? 0xffffffff : random.between(1, 100));
      if (random.oneIn(6)) frames.push(encodeFrame(kind, connection, grant));
    } else if (random.oneIn(3)) {
      frames.push(encodeFrame(kind, connection, undefined, random.oneIn(60) ? random.below(0xffffff) : 0));
    }
  }
  return frames.length > 0 ? frames : [Buffer.from(random.bytes(random.between(1, 64)))];
}
