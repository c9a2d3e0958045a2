import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type ConnectOptions, createSandboxClient } from "../src/connect.ts";
import { SandboxClient } from "../src/sandbox/index.ts";
import { fakeRuntime } from "../src/testing/fake-runtime.ts";
import { errorOf } from "./sandbox/support/error-of.ts";
import { noMicrovms } from "./support/components.ts";

/** An engine that is not there. */
const docker = { host: "unix:///nonexistent/ctx-sandbox-test/docker.sock" };

async function connect(options: ConnectOptions) {
  const client = await createSandboxClient(options);
  onTestFinished(() => client.close());
  return client;
}

describe("createSandboxClient", () => {
  beforeEach(() => {
    vi.stubEnv("MSB_HOME", noMicrovms.MSB_HOME);
    return () => vi.unstubAllEnvs();
  });

  test("takes a runtime that is handed in, and tells of it", async () => {
    const runtime = fakeRuntime({ name: "mine" });
    const client = await connect({ runtime, image: "mine:1" });
    expect(client).toBeInstanceOf(SandboxClient);
    expect(client.runtime).toMatchObject({ name: "mine", isolation: "container" });
    expect(client.selection).toMatchObject({ runtime: "mine", isolation: "container", rejected: [] });
    expect((await (await client.create({ name: "box" })).info()).image).toBe("mine:1");
    expect((await client.reap()).removed).toEqual([]);
  });

  test("refuses one that is handed in and does not work, without closing it", async () => {
    const runtime = fakeRuntime({ probe: { available: false, reason: "It is off", remedy: "Turn it on" } });
    expect(await errorOf(createSandboxClient({ runtime }))).toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/It is off\. Remedy: Turn it on\./),
    });
    expect(runtime.isClosed).toBe(false);
  });

  test("refuses one that is too weak", async () => {
    const runtime = fakeRuntime({ capabilities: { isolation: "interpreter" } });
    expect((await errorOf(createSandboxClient({ runtime, minimumIsolation: "container" }))).code).toBe(
      "unsupported",
    );
  });

  test("A2A-25 auto passes by an engine that is not there, says so, and runs on the embedded runtime", async () => {
    const client = await connect({ docker });
    expect(client.runtime).toMatchObject({ name: "embedded", isolation: "interpreter" });
    expect(client.selection.rejected).toEqual([
      expect.objectContaining({ runtime: "microsandbox" }),
      expect.objectContaining({ runtime: "docker" }),
    ]);
    expect((await client.runShell("echo hi | tr h H")).stdout).toBe("Hi\n");
  });

  test("auto never falls below the isolation asked for", async () => {
    const error = await errorOf(createSandboxClient({ docker, minimumIsolation: "container" }));
    expect(error).toMatchObject({ name: "SandboxUnavailable", code: "unavailable" });
    expect(error.data.rejected).toEqual([
      expect.objectContaining({ runtime: "microsandbox" }),
      expect.objectContaining({ runtime: "docker" }),
      expect.objectContaining({ runtime: "embedded", reason: expect.stringContaining("interpreter") }),
    ]);
  });

  test("docker by name does not become something else", async () => {
    const error = await errorOf(createSandboxClient({ runtime: "docker", docker }));
    expect(error).toMatchObject({ name: "SandboxUnavailable", code: "unavailable" });
    expect(error.message).toContain("Remedy:");
  });

  test("embedded by name is refused where a container is asked for", async () => {
    const asked = createSandboxClient({ runtime: "embedded", minimumIsolation: "container" });
    expect((await errorOf(asked)).code).toBe("unsupported");
  });

  test.each<[string, object]>([
    ["runtime", { runtime: "podman" }],
    ["runtime", { runtime: {} }],
    ["minimumIsolation", { minimumIsolation: "strong" }],
    ["image", { image: "--privileged" }],
    ["dockerHost", { dockerHost: "unix:///x" }],
    ["signal", { signal: 1 }],
    ["host", { docker: { host: "nonsense" } }],
    ["policy", { policy: "policy.yaml" }],
    ["policy", { policy: null }],
    ["policy", { policy: [] }],
    ["policy.file", { policy: { file: 7 } }],
    ["policy.mode", { policy: { file: "policy.yaml", mode: "enforce" } }],
    ["policy", { policy: { limit: {} } }],
    ["audit", { audit: "audit.jsonl" }],
    ["audit", { audit: { write: () => {} } }],
    ["validators", { validators: {} }],
    ["validators.0", { validators: [() => true] }],
    ["identity", { identity: "acme" }],
    ["identity.tenant", { identity: { tenant: 7 } }],
  ])("refuses a wrong %s as in %j", async (field, options) => {
    const error = await errorOf(createSandboxClient(options as ConnectOptions));
    expect(error).toMatchObject({ code: "invalid_argument", data: { field } });
  });

  test("is cancelled by its signal", async () => {
    const runtime = fakeRuntime();
    runtime.hang("probe");
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 5);
    expect((await errorOf(createSandboxClient({ runtime, signal: controller.signal }))).code).toBe(
      "cancelled",
    );
    runtime.clear();
  });
});

describe("the package's entry", () => {
  test("exports the public surface by name", async () => {
    const entry = await import("../src/index.ts");
    expect(Object.keys(entry).sort()).toEqual([
      "PolicyViolation",
      "SandboxClient",
      "SandboxError",
      "SandboxHandle",
      "SandboxUnavailable",
      "attachSandbox",
      "createSandboxClient",
      "errorCodes",
      "execResult",
      "isSandboxError",
    ]);
  });
});
