import { expect, test } from "vitest";
import { FrameReader } from "../../../runtimes/docker/frames.ts";

function frame(stream: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

function join(chunks: Iterable<{ stream: string; data: Uint8Array }>): Record<string, string> {
  const text: Record<string, string> = { stdout: "", stderr: "" };
  for (const { stream, data } of chunks) text[stream] += Buffer.from(data).toString();
  return text;
}

const stream = Buffer.concat([frame(1, "out"), frame(2, "err"), frame(1, ""), frame(1, "put")]);

test("frames cut at every pair of offsets come out whole and in their streams", () => {
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const reader = new FrameReader();
      const pieces = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
      const text = join(pieces.flatMap((piece) => [...reader.read(piece)]));
      expect(text).toEqual({ stdout: "output", stderr: "err" });
      expect(reader.isMidFrame).toBe(false);
    }
  }
});

test("a stream that breaks off inside a frame says so", () => {
  for (let length = 1; length < stream.length; length++) {
    const reader = new FrameReader();
    join(reader.read(stream.subarray(0, length)));
    const boundaries = [11, 22, 30];
    expect(reader.isMidFrame, `after ${length} bytes`).toBe(!boundaries.includes(length));
  }
});
