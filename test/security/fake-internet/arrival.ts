/** Something that came to the fake internet: what the attacker's side saw, whatever the client believes. */
export type Arrival = PacketArrival | QueryArrival | RequestArrival | BytesArrival;

/** The first packet of a TCP connection, or any packet of another protocol, seen on the wire. */
export interface PacketArrival {
  readonly kind: "packet";
  /** The client's interface that it came over. */
  readonly link: string;
  readonly protocol: string;
  readonly to: string;
  readonly port: number;
}

/** A query that the name server got. */
export interface QueryArrival {
  readonly kind: "query";
  readonly name: string;
  readonly type: number;
}

/** A request that a web server got. */
export interface RequestArrival {
  readonly kind: "request";
  readonly isTls: boolean;
  readonly to: string;
  readonly port: number;
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The name in the ClientHello. */
  readonly serverName?: string;
  readonly body: string;
}

/** Bytes that came to a port on which nothing but a log listens. */
export interface BytesArrival {
  readonly kind: "bytes";
  readonly to: string;
  readonly port: number;
  readonly text: string;
}

/** In one short sentence without anything that changes from run to run. */
export function describeArrival(arrival: Arrival): string {
  switch (arrival.kind) {
    case "packet":
      return `a packet (${arrival.protocol}) arrived at ${arrival.to}`;
    case "query":
      return "the attacker's name server was asked";
    case "request":
      return `${arrival.isTls ? "HTTPS" : "HTTP"} request answered by ${arrival.to}`;
    case "bytes":
      return `bytes arrived at ${arrival.to}:${arrival.port}`;
  }
}
