import { describe, expect, test } from "vitest";
import { FrameDecoder, type FrameSink } from "../../../src/runtime/tunnel/frame-decoder.ts";
import { encodeFrame, encodePorts, encodeWindow, frameKinds } from "../../../src/runtime/tunnel/frames.ts";

/** Writes down what a decoder finds. */
class Recorder implements FrameSink {
  readonly found: string[] = [];
  onReady = () => void this.found.push("ready");
  onOpen = (connection: number, target: { host: string; port: number } | undefined) =>
    void this.found.push(
      `open ${connection} ${target === undefined ? "proxy" : `${target.host}:${target.port}`}`,
    );
  onDataStart = (connection: number, length: number) => void this.found.push(`data ${connection} ${length}:`);
  onData = (_connection: number, piece: Buffer) => {
    this.found[this.found.length - 1] += piece.toString("latin1");
  };
  onEnd = (connection: number) => void this.found.push(`end ${connection}`);
  onReset = (connection: number) => void this.found.push(`reset ${connection}`);
  onWindow = (connection: number, bytes: number) => void this.found.push(`window ${connection} ${bytes}`);
}

const target = Buffer.concat([Buffer.from([0x01, 0xbb]), Buffer.from("a.test")]);
const stream = Buffer.concat([
  encodeFrame(frameKinds.ready, 0, Buffer.from([1])),
  encodeFrame(frameKinds.open, 1, undefined),
  encodeFrame(frameKinds.open, 2, target),
  encodeFrame(frameKinds.data, 2, Buffer.from("hello")),
  encodeFrame(frameKinds.end, 2, undefined),
  encodeWindow(1, 4_000_000_000),
  encodeFrame(frameKinds.reset, 1, undefined),
]);
const found = [
  "ready",
  "open 1 proxy",
  "open 2 a.test:443",
  "data 2 5:hello",
  "end 2",
  "window 1 4000000000",
  "reset 1",
];

test("frames are found however the bytes are cut", () => {
  for (let size = 1; size <= stream.length; size++) {
    const recorder = new Recorder();
    const decoder = new FrameDecoder(recorder);
    for (let at = 0; at < stream.length; at += size) decoder.write(stream.subarray(at, at + size));
    expect(recorder.found).toEqual(found);
  }
});

describe("what is refused", () => {
  test.each([
    ["an unknown kind", encodeFrame(0, 1, undefined)],
    ["a kind beyond the last", encodeFrame(8, 1, undefined)],
    ["a kind that only the host sends", encodePorts([80])],
    ["ready without a version", encodeFrame(frameKinds.ready, 0, undefined)],
    ["ready of another version", encodeFrame(frameKinds.ready, 0, Buffer.from([2]))],
    ["ready for a connection", encodeFrame(frameKinds.ready, 1, Buffer.from([1]))],
    ["a connection numbered 0", encodeFrame(frameKinds.open, 0, undefined)],
    ["a target without a host", encodeFrame(frameKinds.open, 1, Buffer.from([0, 80]))],
    ["a target that is too long", encodeFrame(frameKinds.open, 1, Buffer.alloc(258))],
    ["data without bytes", encodeFrame(frameKinds.data, 1, undefined)],
    ["data that is too long", encodeFrame(frameKinds.data, 1, undefined, 65_537)],
    ["the longest length that can be written", encodeFrame(frameKinds.data, 1, undefined, 0xffffff)],
    ["end with a payload", encodeFrame(frameKinds.end, 1, Buffer.from([0]))],
    ["reset with a payload", encodeFrame(frameKinds.reset, 1, Buffer.from([0]))],
    ["a short window", encodeFrame(frameKinds.window, 1, Buffer.alloc(3))],
  ])("%s", (_what, frame) => {
    const recorder = new Recorder();
    const decoder = new FrameDecoder(recorder);
    expect(() => decoder.write(frame)).toThrow(expect.objectContaining({ code: "runtime_error" }));
    expect(recorder.found).toEqual([]);
  });

  test("a length that is too long is refused before its payload arrives", () => {
    const decoder = new FrameDecoder(new Recorder());
    const frame = encodeFrame(frameKinds.end, 1, undefined, 9);
    expect(() => decoder.write(frame)).toThrow(/kind 5 with 9 bytes/);
  });
});

test("ports are encoded in two bytes each, and what is no port is left out", () => {
  expect(encodePorts([80, 65_535, 0, 65_536, 1.5]).toString("hex")).toBe("0200000400000000" + "0050ffff");
  expect(encodePorts(Array.from({ length: 2000 }, (_, index) => index + 1)).length).toBe(8 + 2 * 1024);
});
