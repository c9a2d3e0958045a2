import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { type AuditEvent, memorySink, queryAudit, verifyAudit } from "../src/audit/index.ts";
import { type ConnectOptions, createSandboxClient } from "../src/connect.ts";
import { customValidator, type PolicyDocument } from "../src/policy/index.ts";
import { attachSandbox } from "../src/sandbox/index.ts";
import { fakeRuntime } from "../src/testing/fake-runtime.ts";
import { errorOf } from "./sandbox/support/error-of.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const image = "python:3.11-slim";
const canary = "canary-7f3a91c2e8";

async function connect(policy: PolicyDocument, options: Omit<ConnectOptions, "policy"> = {}) {
  const client = await createSandboxClient({ runtime: "embedded", policy, ...options });
  onTestFinished(() => client.close().catch(() => {}));
  return client;
}

/** A web server that the sandbox may reach by its address. */
async function startServer(): Promise<{ readonly host: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end("from the server");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function eventsOf(path: string): Promise<readonly AuditEvent[]> {
  return (await queryAudit(path, { limit: 1000 })).events;
}

describe("a policy on the embedded runtime", () => {
  test("refuses with every reason at once, and says what to ask for instead", async () => {
    const audit = memorySink();
    const client = await connect(
      { images: { allow: ["registry.test/**"] }, limits: { memoryMib: 64 }, egress: { allow: ["pypi.org"] } },
      { audit },
    );
    const spec = { name: "box", memoryMib: 128, egress: ["pypi.org", "evil.test"], env: { A: "1" } };
    const error = await errorOf(client.create(spec));
    expect(error).toMatchObject({
      name: "PolicyViolation",
      code: "policy_violation",
      data: { sandbox: "box" },
      violations: [
        { code: "image_not_allowed", field: "image", suggestion: "Allowed are registry.test/**." },
        { code: "memory_exceeded", field: "memoryMib", suggestion: "Ask for at most 64." },
        { code: "egress_not_allowed", field: "egress.1", suggestion: "Allowed are pypi.org." },
        { code: "env_not_allowed", field: "env.A", suggestion: "No variable may be set." },
      ],
    });
    for (const part of ["image", "memoryMib", "egress.1", "env.A"]) expect(error.message).toContain(part);
    expect(await client.list()).toEqual([]);
    const [denied] = audit.events.filter(({ type }) => type === "policy.denied");
    expect(denied).toMatchObject({ outcome: "denied", code: "policy_violation", runtime: "embedded" });
    expect(denied?.detail.violations).toHaveLength(4);
  });

  test("asks the validators too, and holds commands to it", async () => {
    const noRoot = customValidator(({ labels }) =>
      labels.team === undefined ? [{ field: "labels", message: "say the team" }] : [],
    );
    const client = await connect(
      { images: { allow: [image] }, commands: { deny: ["curl"] } },
      { validators: [noRoot], identity: { tenant: "acme" } },
    );
    expect(await errorOf(client.create({ name: "box" }))).toMatchObject({
      violations: [{ code: "external", field: "labels", message: "say the team" }],
    });
    const sandbox = await client.create({ name: "box", labels: { team: "a" } });
    expect(await errorOf(sandbox.exec("curl", ["http://x.test"]))).toMatchObject({
      violations: [{ code: "command_not_allowed", field: "cmd" }],
    });
    expect(await errorOf(sandbox.shell("true", { env: { A: "1" } }))).toMatchObject({
      violations: [{ code: "env_not_allowed", field: "env.A" }],
    });
    expect(
      await errorOf(client.create({ name: "other", labels: { team: "a", "ctx-sandbox.tenant": "x" } })),
    ).toMatchObject({ violations: [{ code: "label_reserved" }] });
  });

  test("lets out to what is asked for alone, and narrows and widens a live sandbox", async () => {
    const { host, asked } = await startServer();
    const audit = memorySink();
    const client = await connect(
      {
        images: { allow: [image] },
        egress: { allow: [host, "pypi.org"], network: { openNetworks: ["127.0.0.0/8"] } },
      },
      { audit },
    );
    const sandbox = await client.create({ name: "box", egress: [host] });
    expect(sandbox.egress).toEqual([host]);
    expect((await sandbox.shell(`curl -s http://${host}/one`)).stdout).toBe("from the server");
    const refused = async (url: string) => (await sandbox.shell(`curl -si ${url}`)).stdout;
    expect(await refused("http://evil.test/")).toMatch(
      /^HTTP\/1.1 403 .*x-sandbox-egress: not-in-allowlist/s,
    );
    expect(await refused("http://pypi.org/")).toMatch(/^HTTP\/1.1 403 /);

    expect(await errorOf(sandbox.narrowEgress([host, "pypi.org"]))).toMatchObject({
      violations: [{ code: "egress_widened", field: "egress.1" }],
    });
    await sandbox.narrowEgress([]);
    expect(sandbox.egress).toEqual([]);
    expect(await refused(`http://${host}/two`)).toMatch(/^HTTP\/1.1 403 /);
    expect(await errorOf(sandbox.narrowEgress([host]))).toMatchObject({ code: "policy_violation" });
    await client.policy?.updateEgress("box", [host]);
    expect((await sandbox.shell(`curl -s http://${host}/three`)).stdout).toBe("from the server");
    expect(asked).toEqual(["/one", "/three"]);
    expect(await errorOf(client.policy?.updateEgress("nobody", []) ?? Promise.resolve())).toMatchObject({
      code: "not_found",
    });
    const updates = audit.events
      .filter(({ type }) => type === "egress.updated")
      .map(({ detail }) => detail.by);
    expect(updates).toEqual(["agent", "platform"]);
    expect(audit.events.filter(({ type }) => type === "egress.denied")).toHaveLength(3);
  });

  test("keeps the value of an env secret out of everything that comes back", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    const client = await connect({
      images: { allow: [image] },
      secrets: { TOKEN: { from: { value: () => canary }, inject: "env" } },
      audit: { required: true, arguments: "full", file: path },
    });
    const sandbox = await client.create({ name: "box", secrets: ["TOKEN"] });
    const mark = "[secret TOKEN]";
    expect((await sandbox.shell('echo "$TOKEN"; printf "%s" "$TOKEN" >&2')).stdout).toBe(`${mark}\n`);
    expect((await sandbox.shell('printf "%s" "$TOKEN" >&2')).stderr).toBe(mark);
    expect((await sandbox.python("import os; print(len(os.environ['TOKEN']))")).stdout).toBe(
      `${canary.length}\n`,
    );
    const seen: string[] = [];
    const onStdout = (text: string) => void seen.push(text);
    await sandbox.shell('printf "%s" "$TOKEN" | base64', { onStdout });
    expect((await sandbox.exec("cat", [], { stdin: `in: ${canary}` })).stdout).toBe(`in: ${mark}`);
    const failed = await errorOf(sandbox.shell('echo "$TOKEN"; exit 3', { check: true }));
    const spawned = await sandbox.spawn("sh", ["-c", 'echo "$TOKEN"']);
    const pieces: Uint8Array[] = [];
    for await (const piece of spawned.stdout) pieces.push(piece);
    await spawned.wait();
    const spilled = await sandbox.shell('for i in 1 2 3; do echo "$TOKEN"; done', {
      maxOutputBytes: 10,
      spill: true,
    });
    const file = spilled.outputFile ?? "";
    expect(await sandbox.files.readText(file)).toContain(mark);
    const unknown = await errorOf(client.create({ name: "other", secrets: ["NONE"] }));
    const infos = await client.listInfo();
    const everything = [
      seen,
      failed,
      unknown,
      Buffer.concat(pieces).toString(),
      spilled,
      await sandbox.files.readText(file),
      await sandbox.logs(),
      infos,
      client,
      sandbox,
      attachSandbox({}, client).sandbox,
      client.policy?.policy.origins,
      await eventsOf(path),
    ];
    const text = inspect(everything, { depth: 20, showHidden: true, getters: true, maxStringLength: null });
    for (const form of [canary, Buffer.from(canary).toString("base64"), encodeURIComponent(canary)]) {
      expect(text).not.toContain(form);
      expect(JSON.stringify([failed, infos, spilled])).not.toContain(form);
    }
    expect(text).toContain(mark);
    await client.close();
    expect(await verifyAudit(path)).toMatchObject({ ok: true });
    const types = (await eventsOf(path)).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining([
        "secret.granted",
        "secret.used",
        "secret.redacted",
        "exec.finished",
        "sandbox.removed",
      ]),
    );
  });

  test("two clients write one audit file", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    const policy = { images: { allow: [image] }, audit: { required: true, file: path } };
    const clients = await Promise.all(["a", "b"].map((tenant) => connect(policy, { identity: { tenant } })));
    await Promise.all(
      clients.map(async (client, index) => {
        const sandbox = await client.create({ name: `box${index}` });
        for (let count = 0; count < 5; count++) await sandbox.shell("true");
      }),
    );
    await Promise.all(clients.map((client) => client.close()));
    expect(await verifyAudit(path)).toMatchObject({ ok: true, notes: 0 });
    const tenants = (await eventsOf(path)).map(({ actor }) => actor.tenant);
    expect([...new Set(tenants)].sort()).toEqual(["a", "b"]);
  });

  test("tenants see nothing of one another", async () => {
    const runtime = fakeRuntime();
    const policy = { images: { allow: [image] } };
    const tenant = (name: string) => connect(policy, { runtime, identity: { tenant: name } });
    const [one, two] = [await tenant("one"), await tenant("two")];
    await one.create({ name: "box", detached: false, ttlMs: 60_000 });
    const [theirs, nobodys] = [await errorOf(two.get("box")), await errorOf(two.get("bix"))];
    expect(theirs.code).toBe("not_found");
    expect(JSON.stringify(theirs)).toBe(JSON.stringify(nobodys).replaceAll("bix", "box"));
    expect(theirs.message).toBe(nobodys.message.replaceAll("bix", "box"));
    expect(await two.list()).toEqual([]);
    await two.remove("box");
    expect((await errorOf(two.create({ name: "box" }))).code).toBe("already_exists");
    expect((await two.reap()).removed).toEqual([]);
    expect(await one.list()).toEqual(["box"]);
  });
});

describe("connecting under a policy", () => {
  test("its minimumIsolation steers `auto`", async () => {
    const docker = { host: "unix:///nonexistent/ctx-sandbox-test/docker.sock" };
    const policy = { minimumIsolation: "container" } as const;
    const error = await errorOf(createSandboxClient({ docker, policy }));
    expect(error).toMatchObject({ code: "unavailable" });
    expect(error.data.rejected).toEqual([
      expect.objectContaining({ runtime: "microsandbox" }),
      expect.objectContaining({ runtime: "docker" }),
      expect.objectContaining({ runtime: "embedded", reason: expect.stringContaining("weaker") }),
    ]);
    const weaker = createSandboxClient({ docker, minimumIsolation: "interpreter", policy });
    expect((await errorOf(weaker)).code).toBe("unavailable");
  });

  test("one that requires an audit log without saying where is refused", async () => {
    const policy = { audit: { required: true } };
    expect(await errorOf(createSandboxClient({ runtime: "embedded", policy }))).toMatchObject({
      code: "invalid_argument",
      data: { field: "audit" },
    });
    await (await connect(policy, { audit: memorySink() })).close();
  });

  test("one that the runtime cannot enforce is refused with line and reason, and the runtime is closed", async () => {
    const file = join(await temporaryFolder(), "policy.yaml");
    await writeFile(file, "limits:\n  memoryMib: 64\n  pids: 32\nusers: [nobody]\n");
    const before = process.getActiveResourcesInfo().length;
    const error = await errorOf(createSandboxClient({ runtime: "embedded", policy: { file } }));
    expect(error).toMatchObject({
      code: "unsupported",
      data: {
        runtime: "embedded",
        violations: [{ code: "not_enforceable", field: "limits.pids" }, { field: "users" }],
        problems: [
          { path: "limits.pids", line: 3, column: 3 },
          { path: "users", line: 4, column: 1 },
        ],
      },
    });
    expect(error.message).toContain(
      "3:3: limits.pids The embedded runtime holds no sandbox to a cap of pids.",
    );
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
    const runtime = fakeRuntime({ capabilities: { writePaths: false } });
    const given = createSandboxClient({ runtime, policy: { writePaths: ["/tmp"] } });
    expect((await errorOf(given)).code).toBe("unsupported");
    expect(runtime.isClosed).toBe(false);
  });

  test("one that contradicts itself is refused with line and reason", async () => {
    const file = join(await temporaryFolder(), "policy.yaml");
    await writeFile(file, "limits:\n  execMs: 2000\n  lifetimeMs: 1000\n");
    expect((await errorOf(createSandboxClient({ runtime: "embedded", policy: { file } }))).message).toContain(
      "2:11: limits.execMs 2000 is more than lifetimeMs (1000)",
    );
  });

  test("profiles are chosen by the platform's identity, and unknown ones refused where one is required", async () => {
    const policy: PolicyDocument = {
      images: { allow: [image] },
      requireProfile: true,
      profiles: [{ name: "trial", match: { tenant: "trial-*" }, limits: { memoryMib: 64 } }],
    };
    const client = await connect(policy, { identity: { tenant: "trial-1" } });
    expect(client.policy?.policy.name).toBe("policy + trial");
    expect(await errorOf(client.create({ name: "box", memoryMib: 65 }))).toMatchObject({
      violations: [{ field: "memoryMib" }],
    });
    const nobody = createSandboxClient({ runtime: "embedded", policy, identity: { tenant: "paying" } });
    expect(await errorOf(nobody)).toMatchObject({ violations: [{ code: "no_profile" }] });
  });

  test("shadow mode changes nothing and tells what it would have refused", async () => {
    const audit = memorySink();
    const runtime = fakeRuntime({ capabilities: { writePaths: true } });
    const policy: PolicyDocument = {
      mode: "shadow",
      images: { allow: ["node:22", image] },
      limits: { memoryMib: 64, sandboxes: 1 },
      writePaths: ["/workspace"],
    };
    const client = await connect(policy, { runtime, audit });
    await client.create({ name: "usual" });
    await client.create({ name: "large", memoryMib: 1024, image: "evil:1" });
    const shadowed = audit.events.filter(({ type }) => type === "policy.shadowed");
    expect(shadowed.map(({ sandbox, detail }) => [sandbox, detail.violations])).toEqual([
      [
        "large",
        [expect.objectContaining({ field: "image" }), expect.objectContaining({ field: "memoryMib" })],
      ],
      ["large", [expect.objectContaining({ field: "sandboxes" })]],
    ]);
    expect((await client.listInfo()).map(({ image }) => image)).toEqual(["evil:1", image]);
    const specs = runtime.calls.filter(({ primitive }) => primitive === "create");
    expect(specs).toHaveLength(2);
  });
});
