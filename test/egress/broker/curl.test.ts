import { execFile, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type BrokerUnderTest, startBroker } from "./support/broker-under-test.ts";
import { type Origin, startHttpOrigin } from "./support/origin.ts";
import { createTestAuthority, type TestAuthority } from "./support/test-certificates.ts";

const placeholder = "sbx_secret_token_0123456789abcdef0123456789abcdef0123";
const hasCurl = spawnSync("curl", ["--version"]).status === 0;

let authority: TestAuthority;
let plain: Origin;
let tunnelled: Origin;
let bound: Origin;
let world: BrokerUnderTest;
let port: number;

beforeAll(async () => {
  authority = createTestAuthority();
  plain = await startHttpOrigin();
  tunnelled = await startHttpOrigin(undefined, authority.issue("other.test"));
  bound = await startHttpOrigin(undefined, authority.issue("allowed.test"));
  world = await startBroker({
    allow: [`allowed.test:${plain.port}`, `other.test:${tunnelled.port}`, `allowed.test:${bound.port}`],
    network: { certificateAuthorities: [authority.certificate] },
    secrets: [
      { name: "TOKEN", placeholder, hosts: [`allowed.test:${bound.port}`], value: async () => "canary" },
    ],
  });
  port = await world.listen();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  for (const origin of [plain, tunnelled, bound]) await origin.close();
});

async function curl(...options: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const bundle = join(await temporaryFolder(), "bundle.pem");
  await writeFile(bundle, `${authority.certificate}\n${world.broker.certificateAuthority}`);
  const all = [
    "--silent",
    "--show-error",
    "--max-time",
    "20",
    "--proxy",
    `http://127.0.0.1:${port}`,
    "--cacert",
    bundle,
  ];
  return await new Promise((resolve) => {
    const child = execFile("curl", [...all, ...options], { env: {} }, (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

describe.skipIf(!hasCurl)("curl (where it is installed)", () => {
  test("gets, posts and streams in plain text", async () => {
    const url = `http://allowed.test:${plain.port}/`;
    expect(await curl(url)).toMatchObject({ exitCode: 0, stdout: "hello from the origin" });
    const file = join(await temporaryFolder(), "body");
    await writeFile(file, "x".repeat(2_000_000));
    expect(await curl("--data-binary", `@${file}`, url)).toMatchObject({ exitCode: 0 });
    expect(plain.requests.at(-1)?.body).toHaveLength(2_000_000);
    expect(await curl("-T", file, "-H", "Transfer-Encoding: chunked", url)).toMatchObject({ exitCode: 0 });
    expect(plain.requests.at(-1)?.body).toHaveLength(2_000_000);
  });

  test("speaks TLS through a tunnel, and where secrets are put in", async () => {
    expect(await curl(`https://other.test:${tunnelled.port}/`)).toMatchObject({
      exitCode: 0,
      stdout: "hello from the origin",
    });
    const answer = await curl("-u", `user:${placeholder}`, `https://allowed.test:${bound.port}/`);
    expect(answer).toMatchObject({ exitCode: 0, stdout: "hello from the origin" });
    expect(bound.requests.at(-1)?.headers.authorization).toBe(
      `Basic ${Buffer.from("user:canary").toString("base64")}`,
    );
  });

  test("is told why it may not", async () => {
    const plainly = await curl("-i", "http://elsewhere.test/");
    expect(plainly.stdout).toContain("elsewhere.test:80 is not in the egress allowlist");
    const tunnel = await curl("https://elsewhere.test/");
    expect(tunnel).toMatchObject({ exitCode: 56, stdout: "" });
    expect(tunnel.stderr).toContain("403");
  });

  test("cannot name one server to the proxy and another in TLS", async () => {
    const target = `other.test:${tunnelled.port}`;
    const answer = await curl("--connect-to", `fronted.test:443:${target}`, "https://fronted.test/");
    expect(answer.exitCode).not.toBe(0);
    expect(world.decisions.at(-1)).toMatchObject({ outcome: "denied", reason: "sni-mismatch" });
  });
});
