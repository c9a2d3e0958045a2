import { tunnelLimits } from "./tunnel-limits.ts";

/**
 * The frames of a tunnel: a header of eight bytes (kind, length of the payload in 24 bits, connection in 32 bits; big endian), then
 * the payload. The forwarder numbers connections from 1, each one more than the last, and never uses a number again. 0 is the tunnel.
 *
 * | kind | direction | connection | payload |
 * |---|---|---|---|
 * | ready | to the host | 0 | the version of this format in one byte; the answer to the first `ports` |
 * | ports | to the forwarder | 0 | the ports to listen on, two bytes each; replaces the former ones |
 * | open | to the host | new | nothing: speaks to a proxy; else two bytes port and the host's name |
 * | data | both | open | 1 to 65536 bytes, never more than the window |
 * | end | both | open | nothing: no more data from this end |
 * | reset | both | open | nothing: over at once, for both directions |
 * | window | both | open | four bytes: so many more may be sent |
 *
 * Each end may send `windowBytes` on a new connection. What comes late for a connection that is over is passed over.
 */
export const frameKinds = { ready: 1, ports: 2, open: 3, data: 4, end: 5, reset: 6, window: 7 } as const;

/** The version that `ready` names. */
export const tunnelVersion = 1;

/** Length of a frame's header. */
export const headerBytes = 8;

/** A frame with its payload; without one, the header of a frame whose payload of `length` bytes follows. */
export function encodeFrame(
  kind: number,
  connection: number,
  payload: Uint8Array | undefined,
  length: number = payload?.length ?? 0,
): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + (payload?.length ?? 0));
  frame.writeUInt32BE(length, 0);
  frame[0] = kind;
  frame.writeUInt32BE(connection, 4);
  if (payload !== undefined) frame.set(payload, headerBytes);
  return frame;
}

/** The `ports` frame. What is no port, and what is above the limit, is left out. */
export function encodePorts(ports: readonly number[]): Buffer {
  const listened = ports.filter(isPort).slice(0, tunnelLimits.ports);
  const payload = Buffer.allocUnsafe(2 * listened.length);
  for (const [index, port] of listened.entries()) payload.writeUInt16BE(port, 2 * index);
  return encodeFrame(frameKinds.ports, 0, payload);
}

/** The `window` frame. */
export function encodeWindow(connection: number, bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(bytes);
  return encodeFrame(frameKinds.window, connection, payload);
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 0xffff;
}
