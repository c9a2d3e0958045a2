import { describe, expect, test } from "vitest";
import { checkFetchRequest } from "../../../runtimes/embedded/check-fetch-request.ts";
import { GatewayCalls } from "../../../runtimes/embedded/gateway-calls.ts";
import type { FetchPart } from "../../../runtimes/embedded/protocol.ts";
import { fakeGateway } from "./support/fake-gateway.ts";

const request = { method: "GET", url: "http://api.test/", headers: {} };

function recorded(gateway: ReturnType<typeof fakeGateway> | undefined) {
  const parts: { id: number; part: FetchPart }[] = [];
  const calls = new GatewayCalls({
    gateway,
    maxResponseBytes: 1_000,
    give: async (id, part) => void parts.push({ id, part }),
  });
  const failures = () =>
    parts.flatMap(({ id, part }) => (part.kind === "failure" ? [`${id} ${part.message}`] : []));
  return { calls, parts, failures };
}

describe("whatever a sandbox's process sends", () => {
  test.each([
    undefined,
    null,
    "text",
    {},
    { ...request, method: 1 },
    { ...request, method: "GET /" },
    { ...request, url: "x".repeat(40_000) },
    { ...request, headers: { "a b": "c" } },
    { ...request, headers: { a: "b\r\nc: d" } },
    { ...request, headers: { a: 1 } },
    { ...request, headers: { a: "x".repeat(70_000) } },
    { ...request, body: "text" },
    { ...request, body: new Uint8Array((8 << 20) + 1) },
  ])("is refused when it is no request (%#)", async (claim) => {
    const gateway = fakeGateway(() => ({}));
    const { calls, failures } = recorded(gateway);
    calls.begin(1, claim);
    await expect.poll(failures).toHaveLength(1);
    expect(gateway.requests).toHaveLength(0);
  });

  test("keeps nothing of a request but what belongs to one", () => {
    const claim = { ...request, timeoutMs: 2 ** 40, signal: "x", more: 1 };
    expect(checkFetchRequest(claim)).toEqual({ request });
    expect(checkFetchRequest({ ...request, timeoutMs: 5 })).toEqual({
      request: { ...request, timeoutMs: 5 },
    });
  });

  test("is bounded in number and in bytes, and an id counts once", async () => {
    const gateway = fakeGateway(
      ({ signal }) => new Promise((_, reject) => signal?.addEventListener("abort", reject)),
    );
    const { calls, failures } = recorded(gateway);
    for (let id = 0; id < 33; id++) calls.begin(id, request);
    calls.begin(0, request);
    expect(gateway.requests).toHaveLength(32);
    expect(failures()).toHaveLength(2);
    calls.end();
    await expect.poll(() => failures().length).toBe(34);
    for (let id = 100; id < 106; id++) calls.begin(id, { ...request, body: new Uint8Array(8 << 20) });
    expect(gateway.requests).toHaveLength(36);
    calls.end();
  });

  test("is refused where there is no gateway", async () => {
    const { calls, failures } = recorded(undefined);
    calls.begin(1, request);
    await expect.poll(failures).toEqual(["1 Network access denied: this sandbox has no network"]);
  });

  test("is let go of by a gateway whose answer never goes on", async () => {
    const never = (async function* () {
      yield new Uint8Array(10);
      await new Promise(() => {});
    })();
    const { calls, parts, failures } = recorded(fakeGateway(() => ({ body: never })));
    calls.begin(1, request);
    await expect.poll(() => parts.length).toBe(2);
    calls.cancel(1);
    await expect.poll(failures).toEqual(["1 Network access denied: the connection was closed"]);
  });
});
