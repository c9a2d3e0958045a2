import { big, block, helloMessage, inRecords, serverNames } from "../../egress/support/client-hello-bytes.ts";
import type { Random } from "./random.ts";

const names = [
  "allowed.test",
  "evil.test",
  "",
  "a",
  "ALLOWED.test.",
  "allowed.test\0.evil.test",
  "b\u00fccher",
  "x".repeat(300),
];

/** What a connection may begin with: hellos of `real` clients and made-up ones, cut into records in odd ways, many damaged. */
export function hostileHello(random: Random, real: readonly Uint8Array[]): Uint8Array {
  const message = random.oneIn(2) ? random.one(real).subarray(5) : madeUp(random);
  const damaged = random.oneIn(3) ? damage(random, message) : message;
  const whole = random.one([
    () => inRecords(damaged),
    () => inRecords(damaged, random.between(1, 40)),
    () => oddRecords(random, damaged),
  ])();
  const bytes = random.oneIn(4) ? damage(random, whole) : whole;
  return random.oneIn(6) ? random.one([withMore(random, bytes), random.bytes(random.below(200))]) : bytes;
}

function madeUp(random: Random): Uint8Array {
  const entry = () => [random.oneIn(8) ? random.below(3) : 0, random.one(names)] as const;
  const nameList = () => serverNames(...Array.from({ length: random.oneIn(5) ? random.below(4) : 1 }, entry));
  const extensions = Array.from({ length: random.below(6) }, () => {
    const type = random.one([0, 0, 10, 16, 43, 51, 0xfe0d, 0x0a0a, random.below(65_536)]);
    return [type, type === 0 ? nameList() : random.bytes(random.below(60))] as const;
  });
  return helloMessage({
    extensions,
    ...(random.oneIn(10) ? { sessionId: random.bytes(random.below(256)) } : {}),
    ...(random.oneIn(10) ? { ciphers: random.bytes(random.below(20)) } : {}),
    ...(random.oneIn(10) ? { compressions: random.bytes(random.below(3)) } : {}),
    ...(random.oneIn(10) ? { trailing: random.bytes(random.below(8)) } : {}),
  });
}

/** Records of different sizes, now and then one of another type, version or length than there should be. */
function oddRecords(random: Random, message: Uint8Array): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 0; at < message.length; ) {
    const length = random.one([1, 2, 5, 100, 16_384]);
    const header = Uint8Array.of(
      random.oneIn(40) ? random.below(256) : 22,
      random.oneIn(40) ? random.below(5) : 3,
      random.below(5),
    );
    const content = message.subarray(at, at + length);
    records.push(header, random.oneIn(60) ? big(2, random.below(65_536)) : block(2, content));
    at += length;
  }
  return Buffer.concat(records);
}

function damage(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let count = random.between(1, 4); count > 0; count -= 1) {
    const at = random.below(copy.length);
    random.one([
      () => copy.fill(random.below(256), at, at + 1),
      () => copy.fill(random.one([0, 1, 0x7f, 0x80, 0xff]), at, at + 2),
      () => copy.copyWithin(at, random.below(copy.length), copy.length - random.below(copy.length)),
    ])();
  }
  return random.oneIn(5) ? copy.subarray(0, random.below(copy.length)) : copy;
}

function withMore(random: Random, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, random.oneIn(2) ? bytes : random.bytes(random.below(100))]);
}
