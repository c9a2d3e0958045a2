import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { discoverHost } from "../../../runtimes/docker/discover-host.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "ctx-sandbox-home-"));
});
afterEach(() => rm(home, { recursive: true }));

async function writeContext(name: string, host: string, tls: boolean): Promise<string> {
  const id = createHash("sha256").update(name).digest("hex");
  const meta = join(home, ".docker/contexts/meta", id);
  await mkdir(meta, { recursive: true });
  await writeFile(
    join(meta, "meta.json"),
    JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
  );
  const certificates = join(home, ".docker/contexts/tls", id, "docker");
  if (tls) {
    await mkdir(certificates, { recursive: true });
    await writeFile(join(certificates, "ca.pem"), "");
  }
  return certificates;
}

test("DOCKER_HOST wins over a context", async () => {
  await writeContext("other", "unix:///other.sock", false);
  const found = await discoverHost({ DOCKER_HOST: "tcp://h:1", DOCKER_CONTEXT: "other" }, home);
  expect(found).toEqual({ url: "tcp://h:1", source: "DOCKER_HOST" });
});

test("DOCKER_TLS_VERIFY brings the certificates", async () => {
  const found = await discoverHost(
    { DOCKER_HOST: "tcp://h:1", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/c" },
    home,
  );
  expect(found).toEqual({ url: "tcp://h:1", source: "DOCKER_HOST", certificates: "/c" });
});

test("the current context is used, with its certificates", async () => {
  const certificates = await writeContext("prod", "tcp://prod:2376", true);
  await writeFile(join(home, ".docker/config.json"), JSON.stringify({ currentContext: "prod" }));
  expect(await discoverHost({}, home)).toEqual({
    url: "tcp://prod:2376",
    source: "context prod",
    certificates,
  });
});

test("DOCKER_CONTEXT wins over the configured one", async () => {
  await writeContext("a", "unix:///a.sock", false);
  await writeContext("b", "unix:///b.sock", false);
  await writeFile(join(home, ".docker/config.json"), JSON.stringify({ currentContext: "a" }));
  expect(await discoverHost({ DOCKER_CONTEXT: "b" }, home)).toEqual({
    url: "unix:///b.sock",
    source: "context b",
  });
});

test("a damaged configuration is passed over, and rootless and Podman sockets are found", async () => {
  await mkdir(join(home, ".docker"), { recursive: true });
  await writeFile(join(home, ".docker/config.json"), "{ not json");
  await mkdir(join(home, "podman"), { recursive: true });
  await writeFile(join(home, "podman/podman.sock"), "");
  const found = await discoverHost({ XDG_RUNTIME_DIR: home }, home);
  expect(
    ["/var/run/docker.sock", join(home, "podman/podman.sock")].map((path) => `unix://${path}`),
  ).toContain(found?.url);
});
