import { describe, expect, test } from "vitest";
import { type ClientHelloReading, readClientHello } from "../../src/egress/client-hello.ts";
import {
  block,
  type HelloParts,
  helloMessage,
  inRecords,
  realHello,
  serverNames,
} from "./support/client-hello-bytes.ts";

const hello = (serverName: string | undefined, encrypted = false) => ({
  state: "hello",
  serverName,
  encrypted,
});
const read = (parts: HelloParts, recordSize?: number) =>
  readClientHello(inRecords(helloMessage(parts), recordSize));
const name = serverNames([0, "example.com"]);

/** The first answer that is not "incomplete" when the bytes come one by one. */
function readByteByByte(bytes: Uint8Array): ClientHelloReading {
  for (let length = 0; length < bytes.length; length += 1) {
    const reading = readClientHello(bytes.subarray(0, length));
    if (reading.state !== "incomplete") return reading;
  }
  return readClientHello(bytes);
}

describe("readClientHello", () => {
  test("reads what Node's own TLS sends, with and without a name", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const bytes = await realHello({
        servername: "Api.Example.com",
        minVersion: version,
        maxVersion: version,
      });
      expect(readClientHello(bytes)).toEqual(hello("Api.Example.com"));
      expect(readByteByByte(bytes)).toEqual(hello("Api.Example.com"));
    }
    expect(readClientHello(await realHello({ ALPNProtocols: ["h2"] }))).toEqual(hello(undefined));
  });

  test.each([1, 3, 4, 5, 100])("reads one in records of %i bytes, coming one by one", (size) => {
    const bytes = inRecords(helloMessage(), size);
    expect(readClientHello(bytes)).toEqual(hello("example.com"));
    expect(readByteByByte(bytes)).toEqual(hello("example.com"));
  });

  test.each([1, 3, 4, 100])("one in records of %i bytes is read again a few times only", (size) => {
    const bytes = inRecords(
      helloMessage({ sessionId: new Uint8Array(32), ciphers: new Uint8Array(3_000) }),
      size,
    );
    let [least, readings] = [0, 0];
    for (let length = 1; length < bytes.length; length += 1) {
      if (length < least) continue;
      const reading = readClientHello(bytes.subarray(0, length));
      if (reading.state !== "incomplete") throw new Error(`${reading.state} after ${length} bytes`);
      least = reading.leastBytes;
      readings += 1;
    }
    expect(least).toBeLessThanOrEqual(bytes.length);
    expect(readings).toBeLessThan(120);
  });

  test("is not done before the last byte, and does not look behind it", () => {
    const bytes = inRecords(helloMessage());
    expect(readClientHello(bytes.subarray(0, -1))).toEqual({ state: "incomplete", leastBytes: bytes.length });
    expect(readClientHello(Buffer.concat([bytes, Uint8Array.of(20, 3, 3, 0, 1, 1)]))).toEqual(
      hello("example.com"),
    );
    expect(readClientHello(new Uint8Array(0))).toEqual({ state: "incomplete", leastBytes: 1 });
  });

  test("one without extensions has no name", () => {
    const message = helloMessage({ extensions: [] });
    const bare = Buffer.concat([Uint8Array.of(1), block(3, message.subarray(4, -2))]);
    expect(readClientHello(inRecords(bare))).toEqual(hello(undefined));
    expect(readClientHello(inRecords(message))).toEqual(hello(undefined));
  });

  test("tells of an encrypted part", () => {
    expect(
      read({
        extensions: [
          [0xfe0d, new Uint8Array(90)],
          [0, name],
        ],
      }),
    ).toEqual(hello("example.com", true));
  });

  test("returns the name as it was sent, whatever it is", () => {
    for (const serverName of ["EXAMPLE.com.", "a\0b", "127.0.0.1", "x".repeat(1000), "a\r\nb"]) {
      expect(read({ serverName })).toEqual(hello(serverName));
    }
  });

  test.each([
    ["SSH", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["HTTP", "GET / HTTP/1.1\r\n\r\n"],
    ["a hello of SSL 2", "\x80\x2e\x01\x03\x01"],
    ["a record of application data", "\x17\x03\x03\x00\x10"],
    ["a record of another version", "\x16\x02\x00\x00\x10"],
    ["one wrong byte", "\0"],
  ])("%s is not TLS", (_, text) => {
    expect(readClientHello(Buffer.from(text, "latin1"))).toEqual({ state: "not-tls" });
  });

  const message = helloMessage();
  const half = message.length >> 1;
  const padding = (length: number) => [0x15, new Uint8Array(length)] as const;
  const bad: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["another message", inRecords(Uint8Array.of(2, 0, 0, 1, 0)), /not a ClientHello/],
    ["an empty record", inRecords(new Uint8Array(1)).fill(0, 3), /record is empty/],
    ["a record of 2^14 + 257", Uint8Array.of(22, 3, 1, 0x41, 0x01), /record is too long/],
    [
      "a record of another kind inside",
      Buffer.concat([inRecords(message.subarray(0, half)), Uint8Array.of(20, 3, 3, 0, 1, 1)]),
      /another kind/,
    ],
    [
      "a record of another version inside",
      Buffer.concat([inRecords(message.subarray(0, half)), Uint8Array.of(22, 4, 0, 0, 1, 1)]),
      /another version/,
    ],
    ["a second message in its record", inRecords(Buffer.concat([message, message])), /another message/],
    ["an announcement of 32 KiB", inRecords(Uint8Array.of(1, 0, 0x80, 0)), /longer than 32 KiB/],
    ["an announcement of 16 MiB", inRecords(Uint8Array.of(1, 255, 255, 255)), /longer than 32 KiB/],
    ["64 KiB", inRecords(helloMessage({ extensions: [padding(60_000), [0, name]] })), /longer than 32 KiB/],
    [
      "20 KiB in records of one byte",
      inRecords(helloMessage({ extensions: [padding(20_000)] }), 1),
      /longer than 32/,
    ],
    [
      "two names",
      inRecords(helloMessage({ extensions: [[0, serverNames([0, "a.test"], [0, "b.test"])]] })),
      /name/,
    ],
    [
      "two lists of names",
      inRecords(
        helloMessage({
          extensions: [
            [0, name],
            [0, name],
          ],
        }),
      ),
      /names its server twice/,
    ],
    [
      "an extension twice",
      inRecords(helloMessage({ extensions: [padding(1), padding(2), [0, name]] })),
      /twice/,
    ],
    [
      "a name of an unknown type",
      inRecords(helloMessage({ extensions: [[0, serverNames([1, "a.test"])]] })),
      /name/,
    ],
    ["an empty name", inRecords(helloMessage({ serverName: "" })), /server name is malformed/],
    [
      "an empty list",
      inRecords(helloMessage({ extensions: [[0, serverNames()]] })),
      /server name is malformed/,
    ],
    [
      "no list",
      inRecords(helloMessage({ extensions: [[0, new Uint8Array(0)]] })),
      /server name is malformed/,
    ],
    [
      "a name beyond ASCII",
      inRecords(helloMessage({ serverName: "b\u00fccher.test" })),
      /server name is malformed/,
    ],
    [
      "something behind the list",
      inRecords(helloMessage({ extensions: [[0, Buffer.concat([name, Uint8Array.of(0)])]] })),
      /server name is malformed/,
    ],
    [
      "something behind the extensions",
      inRecords(helloMessage({ trailing: Uint8Array.of(0) })),
      /another length/,
    ],
    ["an extension cut off", inRecords(withLastLength(message)), /extension is cut off|malformed/],
    ["no ciphers", inRecords(helloMessage({ ciphers: new Uint8Array(0) })), /fixed part/],
    ["half a cipher", inRecords(helloMessage({ ciphers: new Uint8Array(3) })), /fixed part/],
    ["no compression", inRecords(helloMessage({ compressions: new Uint8Array(0) })), /fixed part/],
    ["a session id of 33", inRecords(helloMessage({ sessionId: new Uint8Array(33) })), /fixed part/],
    ["nothing in it", inRecords(Uint8Array.of(1, 0, 0, 0)), /fixed part/],
  ];
  test.each(bad)("%s is bad, at once or byte by byte", (_, bytes, why) => {
    expect(readClientHello(bytes)).toEqual({ state: "bad", why: expect.stringMatching(why) });
    expect(readByteByByte(bytes)).toEqual(readClientHello(bytes));
  });

  test("takes one of just below 32 KiB", () => {
    const parts = (length: number): HelloParts => ({ extensions: [padding(length), [0, name]] });
    const without = inRecords(helloMessage(parts(0))).length + 5;
    const longest = inRecords(helloMessage(parts(32_768 - without)));
    expect(longest.length).toBe(32_768);
    expect(readClientHello(longest)).toEqual(hello("example.com"));
    expect(readClientHello(inRecords(helloMessage(parts(32_769 - without))))).toMatchObject({ state: "bad" });
  });

  test("reading again after every byte of the longest one costs no minutes", () => {
    const parts = helloMessage({ extensions: [padding(5_300), [0, name]] });
    for (const size of [1, 16_384]) {
      const bytes = inRecords(parts, size);
      const startedAt = performance.now();
      expect(readByteByByte(bytes)).toEqual(hello("example.com"));
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    }
  });
});

/** The message with the length of its last name made longer than what is there. */
function withLastLength(bytes: Uint8Array): Uint8Array {
  const longer = Uint8Array.from(bytes);
  const at = longer.length - "example.com".length - 1;
  longer[at] = 200;
  return longer;
}
