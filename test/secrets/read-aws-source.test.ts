import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSecretStore } from "../../src/secrets/index.ts";
import { readAwsSource } from "../../src/secrets/read-aws-source.ts";

const canary = "canary-90ab";
const values: Record<string, object> = {
  plain: { SecretString: canary },
  json: { SecretString: JSON.stringify({ user: "me", password: canary, port: 5432, more: { a: 1 } }) },
  binary: { SecretBinary: Buffer.from(canary).toString("base64") },
};
const asked: { target: unknown; region: string | undefined }[] = [];
let open = 0;
let endpoint: string;

/** Speaks GetSecretValue of the service's JSON 1.1 protocol. */
const server = createServer(async (request, response) => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const { SecretId: id } = JSON.parse(Buffer.concat(pieces).toString()) as { SecretId: string };
  asked.push({
    target: request.headers["x-amz-target"],
    region: /Credential=[^/]*\/\d+\/([^/]+)/.exec(request.headers.authorization ?? "")?.[1],
  });
  if (id === "never") return;
  const value = values[id];
  if (id === "garbage") answer(response, 200, `${canary} is not JSON`);
  else if (value === undefined) {
    answer(response, 400, JSON.stringify({ __type: "ResourceNotFoundException", Message: `no ${canary}` }));
  } else answer(response, 200, JSON.stringify({ Name: id, ARN: `arn:${id}`, ...value }));
});
server.on("connection", (socket) => {
  open += 1;
  socket.on("close", () => {
    open -= 1;
  });
});

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(body);
}

const before = { id: process.env["AWS_ACCESS_KEY_ID"], key: process.env["AWS_SECRET_ACCESS_KEY"] };

beforeAll(async () => {
  process.env["AWS_ACCESS_KEY_ID"] = "test";
  process.env["AWS_SECRET_ACCESS_KEY"] = "test";
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  for (const [name, value] of [
    ["AWS_ACCESS_KEY_ID", before.id],
    ["AWS_SECRET_ACCESS_KEY", before.key],
  ] as const) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  server.closeAllConnections();
  server.close();
});

const read = (secretId: string, field?: string) =>
  createSecretStore({
    A: { aws: { secretId, endpoint, region: "eu-test-1", ...(field !== undefined && { field }) } },
  }).read("A");

const messageOf = async (reading: Promise<string>) => {
  const error = (await reading.then(
    () => expect.unreachable("it was read"),
    (reason: unknown) => reason,
  )) as Error;
  const seen = inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error);
  expect(seen).not.toContain(canary);
  expect(error).toMatchObject({ code: "secret_unavailable" });
  return error.message;
};

describe("a secret of AWS", () => {
  test("is its text, asked for in the region that is said", async () => {
    expect(await read("plain")).toBe(canary);
    expect(asked.at(-1)).toEqual({ target: "secretsmanager.GetSecretValue", region: "eu-test-1" });
  });

  test("is one field of its text, where that is JSON", async () => {
    expect(await read("json", "password")).toBe(canary);
    expect(await read("json", "port")).toBe("5432");
  });

  test.each([
    ["json", "missing", /no such field/],
    ["json", "more", /no such field/],
    ["json", "constructor", /no such field/],
    ["plain", "password", /not JSON/],
    ["binary", undefined, /binary/],
    ["missing", undefined, /ResourceNotFoundException \(HTTP status 400\)/],
  ])("%s, field %s, is refused without showing it", async (secretId, field, reason) => {
    expect(await messageOf(read(secretId, field))).toMatch(reason);
  });

  test("that comes as nonsense is refused without showing it", async () => {
    expect(await messageOf(read("garbage"))).toContain("AWS Secrets Manager (garbage)");
  });

  test("that never comes is given up, and no connection is left", async () => {
    const source = { secretId: "never", endpoint, region: "eu-test-1" };
    const abort = new AbortController();
    const reading = readAwsSource(source, abort.signal).catch((error: unknown) => error);
    const count = asked.length;
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThan(count);
    abort.abort();
    expect(await reading).toMatchObject({ message: "AbortError" });
    await expect.poll(() => open, { timeout: 20_000 }).toBe(0);
  });

  test("names the package to install where it is missing", async () => {
    const source = { secretId: "plain", endpoint, region: "eu-test-1" };
    const load = () => import("@aws-sdk/client-secrets-manager-that-is-missing" as string);
    await expect(readAwsSource(source, new AbortController().signal, load)).rejects.toThrow(
      /Run: npm install @aws-sdk\/client-secrets-manager$/,
    );
  });
});
