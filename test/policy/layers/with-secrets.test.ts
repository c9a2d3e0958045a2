import { describe, expect, test } from "vitest";
import { withSecrets } from "../../../src/policy/layers/with-secrets.ts";
import type { Policy, PolicySecret } from "../../../src/policy/policy.ts";
import { createSecretStore, isRedactable, redactor } from "../../../src/secrets/index.ts";
import { fakeRuntime } from "../../../src/testing/index.ts";
import { command, RecordingLog, spec, textOf } from "../support/layer-fixtures.ts";

const canary = "canary-5f2d9c71";

function secret(changes: Partial<PolicySecret> = {}): PolicySecret {
  return {
    from: { value: () => canary },
    inject: "env",
    env: "TOKEN",
    hosts: [],
    allowWildcardHosts: false,
    redact: true,
    ...changes,
  };
}

function setUp(secrets: Policy["secrets"]) {
  const inner = fakeRuntime({
    program: ({ env }) => ({
      output: [`token=${(env.TOKEN ?? "none").slice(0, 8)}`, (env.TOKEN ?? "").slice(8), "."],
    }),
  });
  const audit = new RecordingLog();
  const store = createSecretStore(
    Object.fromEntries(Object.entries(secrets).map(([name, { from }]) => [name, from])),
  );
  const runtime = withSecrets(inner, { secrets, store, audit, newRedactor: redactor, isRedactable });
  return { inner, audit, runtime, store };
}

describe("withSecrets", () => {
  test("gives the value to each command, and never to the sandbox itself", async () => {
    const { runtime, inner, audit } = setUp({ api: secret() });
    const sandbox = await runtime.create({ ...spec, secrets: ["api"] });
    await (await sandbox.spawn(command("sh"))).wait();
    expect(inner.commands("box")[0]?.env.TOKEN).toBe(canary);
    expect(JSON.stringify([await inner.list(), audit.entries])).not.toContain(canary);
    expect(audit.types).toEqual(["secret.granted", "secret.used"]);
  });

  test("takes the value out of the output, also when it is split over chunks", async () => {
    const { runtime, audit } = setUp({ api: secret() });
    const sandbox = await runtime.create({ ...spec, secrets: ["api"] });
    const process = await sandbox.spawn(command("sh"));
    expect(await textOf(process)).toBe("token=[secret api].");
    expect(audit.of("secret.redacted")).toHaveLength(1);
  });

  test("leaves the output alone where the policy says so: the value is really there", async () => {
    const { runtime } = setUp({ api: secret({ redact: false }) });
    const sandbox = await runtime.create({ ...spec, secrets: ["api"] });
    expect(await textOf(await sandbox.spawn(command("sh")))).toBe(`token=${canary}.`);
  });

  test("gives the runtime a filter for what it keeps, and filters the log on its way out", async () => {
    const { runtime, inner } = setUp({ api: secret() });
    const sandbox = await runtime.create({ ...spec, secrets: ["api"] });
    await (await sandbox.spawn(command("sh"))).wait();
    const filter = inner.commands("box")[0]?.logFilter?.();
    const kept = [filter?.write(Buffer.from(`a ${canary} b`)), filter?.end()];
    expect(kept.map((bytes) => Buffer.from(bytes ?? []).toString()).join("")).toBe("a [secret api] b");
    inner.setLog("box", [`x ${canary.slice(0, 5)}`, `${canary.slice(5)} y`]);
    let log = "";
    for await (const piece of sandbox.logs()) log += Buffer.from(piece).toString();
    expect(log).toBe("x [secret api] y");
  });

  test("gives a sandbox only what it asked for, and another process the same", async () => {
    const { runtime, inner } = setUp({ api: secret(), other: secret({ env: "OTHER" }) });
    await runtime.create({ ...spec, secrets: ["api"] });
    const again = await runtime.attach("box");
    await (await again.spawn(command("sh"))).wait();
    const [first] = inner.commands("box");
    expect(Object.keys(first?.env ?? {})).toEqual(["TOKEN"]);
    await runtime.create({ ...spec, name: "plain" });
    await (await (await runtime.attach("plain")).spawn(command("sh"))).wait();
    expect(inner.commands("plain")[0]?.env).toEqual({});
  });

  test("a value that cannot be read fails the command before it starts", async () => {
    const { runtime, inner, audit } = setUp({ api: secret({ from: { env: "CTX_SANDBOX_NO_SUCH" } }) });
    const sandbox = await runtime.create({ ...spec, secrets: ["api"] });
    await expect(sandbox.spawn(command("sh"))).rejects.toMatchObject({ code: "secret_unavailable" });
    expect(inner.commands("box")).toEqual([]);
    expect(audit.of("secret.unavailable")).toMatchObject([{ outcome: "failed", detail: { secret: "api" } }]);
  });

  test("takes out a value that was replaced, too: an earlier command may have kept it", async () => {
    let value = canary;
    const { runtime, inner, store } = setUp({ api: secret({ from: { value: () => value } }) });
    const sandbox = await runtime.create({ ...spec, secrets: ["api"] });
    await (await sandbox.spawn(command("sh"))).wait();
    value = "rotated-0b7e";
    store.forget();
    inner.setLog("box", [`was ${canary}, is rotated-0b7e`]);
    let log = "";
    for await (const piece of sandbox.logs()) log += Buffer.from(piece).toString();
    expect(log).toBe("was [secret api], is [secret api]");
  });

  test("a value too short to be taken out of output is refused, unless it may be seen", async () => {
    const short = { from: { value: () => "abc" } };
    const { runtime } = setUp({ pin: secret(short), shown: secret({ ...short, redact: false }) });
    const hidden = await runtime.create({ ...spec, secrets: ["pin"] });
    await expect(hidden.spawn(command("sh"))).rejects.toMatchObject({ code: "secret_unavailable" });
    const seen = await runtime.create({ ...spec, name: "seen", secrets: ["shown"] });
    expect(await textOf(await seen.spawn(command("sh")))).toBe("token=abc.");
  });
});
