import { describe, expect, test } from "vitest";
import { PolicyViolation } from "../../../src/errors/index.ts";
import { overProcess, overRuntime, overSandbox } from "../../../src/policy/layers/over-runtime.ts";
import { withAudit } from "../../../src/policy/layers/with-audit.ts";
import type { SandboxRuntime } from "../../../src/runtime/index.ts";
import { fakeRuntime } from "../../../src/testing/index.ts";
import { command, RecordingLog, spec, textOf } from "../support/layer-fixtures.ts";

function setUp(options: ConstructorParameters<typeof RecordingLog>[0] = {}) {
  const inner = fakeRuntime({ program: () => ({ output: ["hello ", "world"], exitCode: 3 }) });
  const audit = new RecordingLog(options);
  return { inner, audit, runtime: withAudit(inner, audit) };
}

describe("withAudit", () => {
  test("tells of every operation, noun and verb, with its duration", async () => {
    const { audit, runtime, inner } = setUp();
    const sandbox = await runtime.create(spec);
    const process = await sandbox.spawn(command("echo", "secret argument"));
    expect(await textOf(process)).toBe("hello world");
    await process.wait();
    await process.kill("SIGTERM");
    await sandbox.files.makeDirectory("/workspace/a");
    await sandbox.files.list("/workspace");
    await sandbox.files.remove("/workspace/a", { recursive: true });
    for await (const _piece of sandbox.tarOut("/workspace"));
    inner.setLog("box", ["line\n"]);
    for await (const _piece of sandbox.logs());
    await sandbox.stop({ graceMs: 0 });
    await sandbox.start();
    await sandbox.extend(new Date("2030-01-01T00:00:00Z"));
    await runtime.attach("box");
    await runtime.list();
    await sandbox.destroy();
    expect(audit.types).toEqual([
      "sandbox.created",
      "exec.started",
      "exec.finished",
      "exec.signalled",
      "file.written",
      "file.read",
      "file.removed",
      "archive.downloaded",
      "logs.read",
      "sandbox.stopped",
      "sandbox.started",
      "sandbox.extended",
      "sandbox.attached",
      "sandbox.listed",
      "sandbox.removed",
    ]);
    const [finished] = audit.of("exec.finished");
    expect(finished?.detail).toMatchObject({ exitCode: 3, stdoutBytes: 11, stderrBytes: 0 });
    expect(finished?.durationMs).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(audit.entries)).not.toContain("secret argument");
  });

  test("tells arguments in full where the policy says so, and never the values of the environment", async () => {
    const { audit, runtime } = setUp({ arguments: "full" });
    const sandbox = await runtime.create({ ...spec, env: { TOKEN: "canary-1" } });
    await (await sandbox.spawn({ ...command("sh", "-c", "id"), env: { KEY: "canary-2" } })).wait();
    expect(audit.of("exec.started")[0]?.detail).toMatchObject({
      program: "sh",
      arguments: ["-c", "id"],
      envNames: ["KEY"],
    });
    expect(JSON.stringify(audit.entries)).not.toContain("canary");
  });

  test("records the end of a command that nobody waits for", async () => {
    const { audit, runtime } = setUp();
    await (await runtime.create(spec)).spawn(command("true"));
    await expect.poll(() => audit.of("exec.finished").length).toBe(1);
  });

  test("tells a refusal with all its violations, and a failure with its code", async () => {
    const { audit, runtime, inner } = setUp();
    const violations = [{ code: "limit_exceeded", field: "memoryMib", message: "Too much." }];
    inner.fail("create", new PolicyViolation('Creating sandbox "box"', violations));
    await expect(runtime.create(spec)).rejects.toThrow(PolicyViolation);
    inner.clear();
    await expect(runtime.attach("nobody")).rejects.toMatchObject({ code: "not_found" });
    expect(audit.types).toEqual(["policy.denied denied", "sandbox.attached failed"]);
    expect(audit.entries[0]).toMatchObject({ detail: { operation: "sandbox.created", violations } });
    expect(audit.entries[1]).toMatchObject({ code: "not_found" });
  });

  test("a log that cannot be written undoes what was made, and refuses the rest before it is done", async () => {
    const { audit, runtime, inner } = setUp();
    const sandbox = await runtime.create(spec);
    audit.isBroken = true;
    await expect(runtime.create({ ...spec, name: "second" })).rejects.toMatchObject({
      code: "audit_unavailable",
    });
    expect((await inner.list()).map(({ name }) => name)).toEqual(["box"]);
    const before = inner.calls.length;
    await expect(sandbox.files.makeDirectory("/workspace/x")).rejects.toMatchObject({
      code: "audit_unavailable",
    });
    await expect(sandbox.spawn(command("true"))).rejects.toMatchObject({ code: "audit_unavailable" });
    expect(inner.calls.length).toBe(before);
    audit.isBroken = false;
    await sandbox.files.makeDirectory("/workspace/x");
    expect(audit.types.slice(-2)).toEqual(["audit.resumed", "file.written"]);
  });

  test("a command that a layer refuses was never started", async () => {
    const fake = fakeRuntime();
    const audit = new RecordingLog();
    const violations = [{ code: "limit_reached", field: "execs", message: "Too many." }];
    const refusing = (runtime: SandboxRuntime) =>
      overRuntime(runtime, {
        create: async (given) =>
          overSandbox(await runtime.create(given), {
            spawn: async () => {
              throw new PolicyViolation("A command", violations);
            },
          }),
      });
    const sandbox = await withAudit(fake, audit, refusing).create(spec);
    await expect(sandbox.spawn(command("sh"))).rejects.toThrow(PolicyViolation);
    expect(audit.types).toEqual(["sandbox.created", "policy.denied denied"]);
    expect(audit.entries[1]?.detail).toMatchObject({ operation: "exec.started", program: "sh", violations });
  });

  test("a log that cannot be written keeps nothing alive", async () => {
    const { audit, runtime, inner } = setUp();
    const [box, second] = [await runtime.create(spec), await runtime.create({ ...spec, name: "second" })];
    audit.isBroken = true;
    await expect(box.stop({ graceMs: 0 })).rejects.toMatchObject({ code: "audit_unavailable" });
    await expect(second.kill()).rejects.toMatchObject({ code: "audit_unavailable" });
    expect((await inner.list()).map(({ status }) => status)).toEqual(["stopped", "stopped"]);
    await expect(box.destroy()).rejects.toMatchObject({ code: "audit_unavailable" });
    expect((await inner.list()).map(({ name }) => name)).toEqual(["second"]);
  });

  test("a command whose start cannot be recorded is killed before anybody gets it", async () => {
    const fake = fakeRuntime({ program: () => ({ hangs: true }) });
    const signals: NodeJS.Signals[] = [];
    const inner = overRuntime(fake, {
      create: async (given) => {
        const sandbox = await fake.create(given);
        return overSandbox(sandbox, {
          spawn: async (given) => {
            const process = await sandbox.spawn(given);
            const kill = async (signal: NodeJS.Signals) => {
              signals.push(signal);
              await process.kill(signal);
            };
            return overProcess(process, { kill });
          },
        });
      },
    });
    const audit = new RecordingLog();
    const sandbox = await withAudit(inner, audit).create(spec);
    audit.isBroken = true;
    await expect(sandbox.spawn(command("sleep", "1000"))).rejects.toMatchObject({
      code: "audit_unavailable",
    });
    expect(signals).toEqual(["SIGKILL"]);
  });
});
