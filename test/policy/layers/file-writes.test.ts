import { describe, expect, onTestFinished, test } from "vitest";
import { memorySink } from "../../../src/audit/index.ts";
import { createSandboxClient } from "../../../src/connect.ts";
import type { PolicyDocument } from "../../../src/policy/index.ts";
import { errorOf } from "../../sandbox/support/error-of.ts";

/** A sandbox of the embedded runtime under a policy that grants nothing but what is said. */
async function sandboxUnder(policy: PolicyDocument, secrets: readonly string[] = []) {
  const audit = memorySink();
  const document = { images: { allow: ["python:3.11-slim"] }, ...policy };
  const client = await createSandboxClient({ runtime: "embedded", policy: document, audit });
  onTestFinished(() => client.close());
  return { audit, client, sandbox: await client.create({ name: "box", secrets }) };
}

async function* pieces(count: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < count; piece++) yield Buffer.alloc(bytes, "x");
}

describe("files that the library writes by a command of its own", () => {
  test("need no rule for that command, whatever is denied to callers", async () => {
    const { sandbox, audit } = await sandboxUnder(
      {
        commands: { deny: ["sh"], hook: () => "no command at all" },
        limits: { totalExecs: 1, outputBytes: 1 },
        secrets: { KEY: { from: { env: "CTX_SANDBOX_NO_SUCH" }, inject: "env" } },
      },
      ["KEY"],
    );
    await sandbox.files.append("/workspace/log", "one\n");
    await sandbox.files.append("/workspace/log", "two\n");
    expect(await sandbox.files.readText("/workspace/log")).toBe("one\ntwo\n");
    await sandbox.files.writeStream("/workspace/large", pieces(3, 1 << 20));
    expect((await sandbox.files.stat("/workspace/large")).size).toBe(3 << 20);
    const writes = audit.events.filter(
      ({ type, detail }) => type === "file.written" && detail.operation === "write",
    );
    expect(writes.map(({ outcome, detail }) => [outcome, detail.bytes])).toEqual([
      ["ok", 4],
      ["ok", 4],
      ["ok", 3 << 20],
    ]);
    expect(audit.events.filter(({ type }) => type.startsWith("exec."))).toEqual([]);
    expect(await errorOf(sandbox.exec("cat"))).toMatchObject({ code: "policy_violation" });
  });

  test("are uploads: no way of writing gets more in than uploadBytes", async () => {
    const { sandbox, audit } = await sandboxUnder({ limits: { uploadBytes: 100_000 } });
    const large = "x".repeat(200_000);
    const refused = { code: "policy_violation", violations: [{ field: "uploadBytes" }] };
    const { files } = sandbox;
    for (const attempt of [
      () => files.write("/workspace/a", large),
      () => files.append("/workspace/a", large),
      () => files.writeStream("/workspace/a", pieces(40, 100_000)),
      () => sandbox.exec("cat", [], { stdin: large }),
      () => sandbox.shell("cat > /workspace/a", { stdin: large }),
      () => sandbox.shell(`: ${large}`),
    ]) {
      expect(await errorOf(attempt()), attempt.toString()).toMatchObject(refused);
    }
    await files.write("/workspace/a", "x".repeat(50_000));
    expect(audit.events.filter(({ type }) => type === "policy.denied")).toHaveLength(6);
  });

  test("spilled output can be read", async () => {
    const { sandbox } = await sandboxUnder({});
    const { outputFile = "" } = await sandbox.shell("seq 1 1000", { maxOutputBytes: 10, spill: true });
    expect(await sandbox.files.readText(outputFile)).toMatch(/^1\n2\n.*\n1000\n$/s);
  });
});
