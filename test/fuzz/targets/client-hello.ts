import assert from "node:assert/strict";
import { readClientHello } from "../../../src/egress/client-hello.ts";
import {
  big,
  helloMessage,
  inRecords,
  realHello,
  serverNames,
} from "../../egress/support/client-hello-bytes.ts";
import type { FuzzTarget } from "../support/fuzz-target.ts";
import { hostileHello } from "../support/hostile-hello.ts";
import { nameByOpenssl } from "../support/name-by-openssl.ts";
import type { Random } from "../support/random.ts";
import { createTally } from "../support/tally.ts";

let real: readonly Uint8Array[] = [];
const tally = createTally();

/** Whatever a connection begins with: one answer, no matter how it was cut, and never a name that a real server would not find. */
export const target: FuzzTarget = {
  name: "client-hello",
  setUp: async () => {
    tally.reset();
    real = await Promise.all([
      realHello({ servername: "allowed.test" }),
      realHello({
        servername: "a.very.long.name.of.a.host.below.allowed.test",
        ALPNProtocols: ["h2", "http/1.1"],
      }),
      realHello({ servername: "allowed.test", maxVersion: "TLSv1.2" }),
      realHello({ servername: "allowed.test", minVersion: "TLSv1.3", ecdhCurve: "P-256" }),
      realHello({}),
    ]);
  },
  run: async (random) => {
    const bytes = hostileHello(random, real);
    const reading = readClientHello(bytes);
    const name = reading.state === "hello" ? reading.serverName : undefined;
    tally.count(reading.state === "hello" ? (name === undefined ? "hello" : "name") : reading.state);
    for (let count = 6; count > 0; count -= 1) {
      const begun = readClientHello(bytes.subarray(0, random.below(bytes.length + 1)));
      if (begun.state !== "incomplete") assert.deepEqual(begun, reading, "the cut changes the answer");
    }
    if (name !== undefined) {
      const sent = Buffer.concat([big(2, name.length), Buffer.from(name, "latin1")]);
      assert.ok(contentOfRecords(bytes).includes(sent), `${JSON.stringify(name)} was not sent`);
    }
    if (random.oneIn(10)) checkTwoNames(random);
    if (!random.oneIn(8)) return;
    const found = await nameByOpenssl(bytes);
    if (found !== undefined) tally.count("asked");
    if (found && reading.state === "hello") assert.equal(found, name, "a server finds another name");
    if (found) assert.notEqual(reading.state, "incomplete", "a server needs less than this reader");
  },
  tearDown: () => tally.expectEach(["name", "hello", "bad", "incomplete", "not-tls", "asked"], 100),
};

/** Of two names one may be what is allowed and the other what the server takes; empty records may hide one from some readers. */
function checkTwoNames(random: Random): void {
  const pair = [[0, "allowed.test"] as const, [random.below(2), "evil.test"] as const];
  if (random.oneIn(2)) pair.reverse();
  const inOneList = () => [[0, serverNames(...pair)]] as const;
  const inTwoLists = () => pair.map((entry) => [0, serverNames(entry)] as const);
  const message = helloMessage({ extensions: random.one([inOneList, inTwoLists])() });
  assert.equal(readClientHello(inRecords(message, random.between(1, 200))).state, "bad", "two names");
  const honest = inRecords(helloMessage(), random.between(1, 100));
  const empty = Buffer.concat([Uint8Array.of(22, 3, 1, 0, 0), honest]);
  assert.equal(readClientHello(empty).state, "bad", "an empty record");
}

/** What is in the records, as far as they go. */
function contentOfRecords(bytes: Uint8Array): Buffer {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + Buffer.from(bytes).readUInt16BE(at + 3);
    pieces.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return Buffer.concat(pieces);
}
