import type { OutputChunk } from "ctx-sandbox/runtime";

type Output = AsyncIterable<OutputChunk>;

/** Everything comes as stdout. */
export async function* onOneStream(output: Output): Output {
  for await (const { data } of output) yield { stream: "stdout", data };
}

/** Only so many bytes come. */
export async function* cutAfter(output: Output, bytes: number): Output {
  let left = bytes;
  for await (const { stream, data } of output) {
    if (left > 0) yield { stream, data: data.subarray(0, left) };
    left -= data.length;
  }
}

/** Text is decoded in small pieces, each for itself. */
export async function* decodedInPieces(output: Output): Output {
  const pieceBytes = 1_000;
  for await (const { stream, data } of output) {
    for (let at = 0; at < data.length; at += pieceBytes) {
      const text = Buffer.from(data.subarray(at, at + pieceBytes)).toString("utf8");
      yield { stream, data: Buffer.from(text) };
    }
  }
}
