/** The bounds that both ends of a tunnel keep; the forwarder is given them in its script. */
export const tunnelLimits = {
  /** Payload of one frame. */
  frameBytes: 64 * 1024,
  /** What one end may send on a connection before the other has consumed it. With all connections full it fits the forwarder's memory cap. */
  windowBytes: 64 * 1024,
  /** Consumed bytes are reported back in portions of this size. */
  reportBytes: 16 * 1024,
  /** Connections open at once. */
  streams: 256,
  /** Ports listened on for programs that know nothing of proxies. */
  ports: 1024,
  /** A name or address in an `open` frame. */
  hostBytes: 255,
  /** Frames that the forwarder does not read: more means that it never will. */
  backlogBytes: 1024 * 1024,
} as const;
