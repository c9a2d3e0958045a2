import type { Duplex } from "node:stream";

/** Options of {@link readAhead}. */
export interface ReadAheadOptions<Verdict> {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Judges what has come so far; undefined to wait for more. */
  readonly judge: (bytes: Buffer) => Verdict | undefined;
}

/** How {@link readAhead} ended. */
export type ReadAhead<Verdict> =
  | { readonly state: "judged"; readonly verdict: Verdict }
  | { readonly state: "too-long" }
  | { readonly state: "too-slow" }
  /** The program ended, after so many bytes. */
  | { readonly state: "ended"; readonly bytes: number };

/** Looks at the first bytes of a connection, which stay in it to be read again. Leaves it paused. Never rejects. */
export function readAhead<Verdict>(
  connection: Duplex,
  { timeoutMs, maxBytes, judge }: ReadAheadOptions<Verdict>,
): Promise<ReadAhead<Verdict>> {
  return new Promise((resolve) => {
    let room = Buffer.alloc(0);
    let bytes = room;
    const settle = (result: ReadAhead<Verdict>) => {
      clearTimeout(timer);
      connection.pause();
      connection.off("data", onData).off("end", onEnd).off("close", onEnd);
      if (bytes.length > 0 && !connection.readableEnded && !connection.destroyed) connection.unshift(bytes);
      resolve(result);
    };
    const onData = (chunk: Uint8Array) => {
      const length = bytes.length + chunk.length;
      if (length > room.length) {
        // Twice as much each time: single bytes do not have all before them copied.
        room = Buffer.alloc(Math.max(length, 2 * room.length));
        room.set(bytes);
      }
      room.set(chunk, bytes.length);
      bytes = room.subarray(0, length);
      const verdict = judge(bytes);
      if (verdict !== undefined) settle({ state: "judged", verdict });
      else if (bytes.length > maxBytes) settle({ state: "too-long" });
    };
    const onEnd = () => settle({ state: "ended", bytes: bytes.length });
    const timer = setTimeout(() => settle({ state: "too-slow" }), timeoutMs).unref();
    if (connection.destroyed || connection.readableEnded) return onEnd();
    connection.on("data", onData).once("end", onEnd).once("close", onEnd);
    connection.resume();
  });
}
