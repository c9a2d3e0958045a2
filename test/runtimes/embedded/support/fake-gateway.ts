import type { EgressGateway, GatewayRequest, GatewayResponse } from "../../../../src/runtime/index.ts";

/** What a test's gateway answers with. */
export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** A gateway that does what a test says, and remembers what it was asked. */
export interface FakeGateway extends EgressGateway {
  readonly requests: GatewayRequest[];
}

/** As the real one: a denied request is answered, and only the signal ends one without an answer. */
export function fakeGateway(
  answer: (request: GatewayRequest) => FakeAnswer | Promise<FakeAnswer>,
): FakeGateway {
  const requests: GatewayRequest[] = [];
  return {
    requests,
    ports: [80, 443],
    certificateAuthority: undefined,
    onPortsChanged: () => () => {},
    accept: (connection) => connection.destroy(),
    async fetch(request): Promise<GatewayResponse> {
      requests.push(request);
      const { status = 200, headers = [], body = "" } = await answer(request);
      return { status, statusText: statusTexts[status] ?? "", headers, body: piecesOf(body) };
    },
  };
}

/** The answer to a request that is not allowed. */
export const denied: FakeAnswer = {
  status: 403,
  headers: [["x-sandbox-egress", "not-in-allowlist"]],
  body: "Denied.\n",
};

/** Lets requests to the origins through and denies all others. */
export function allowing(
  origins: readonly string[],
  answer: (request: GatewayRequest) => FakeAnswer | Promise<FakeAnswer>,
): FakeGateway {
  return fakeGateway((request) => {
    const isAllowed = origins.some(
      (origin) => request.url === origin || request.url.startsWith(`${origin}/`),
    );
    return isAllowed ? answer(request) : denied;
  });
}

const statusTexts: Readonly<Record<number, string>> = { 200: "OK", 302: "Found", 403: "Forbidden" };

async function* piecesOf(body: NonNullable<FakeAnswer["body"]>): AsyncGenerator<Uint8Array> {
  if (typeof body === "string") yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else yield* body;
}
