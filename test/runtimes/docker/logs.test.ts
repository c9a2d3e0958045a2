import { afterAll, expect, test } from "vitest";
import { dockerRuntime } from "../../../runtimes/docker/index.ts";
import type { RuntimeSandbox } from "../../../src/runtime/index.ts";
import { describeWith } from "../../support/components.ts";
import { runCommand, testSpec } from "../../support/run-command.ts";

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let all = "";
  for await (const bytes of chunks) all += Buffer.from(bytes).toString();
  return all;
}

describeWith("docker", "logs of a Docker sandbox", (host) => {
  const runtime = dockerRuntime({ host });
  const made: RuntimeSandbox[] = [];
  const create = async () => {
    const sandbox = await runtime.create(testSpec());
    made.push(sandbox);
    return sandbox;
  };
  afterAll(async () => {
    await Promise.all(made.map((sandbox) => sandbox.destroy()));
    await runtime.close();
  });

  test("what was run and what it printed can be read, by another process too, and survives a stop", async () => {
    const sandbox = await create();
    await runCommand(sandbox, ["echo", "it's", "one"]);
    await runCommand(sandbox, ["sh", "-c", "printf two; exit 3"]);
    const log = await text(sandbox.logs());
    expect(log).toMatch(
      /^\S+Z \$ echo 'it'\\''s' one\nit's one\n\[exit 0]\n\S+Z \$ sh -c 'printf two; exit 3'\ntwo\n\[exit 3]\n$/,
    );
    expect(await text(sandbox.logs({ tail: 1 }))).toBe("[exit 3]\n");
    await sandbox.kill();
    const other = dockerRuntime({ host });
    expect(await text((await other.attach(sandbox.name)).logs())).toBe(log);
    await other.close();
  });

  test("a flood is cut, and says how much is missing", async () => {
    const sandbox = await create();
    await runCommand(sandbox, ["sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x"]);
    const log = await text(sandbox.logs());
    expect(log.length).toBeLessThan(70_000);
    expect(log).toContain("(934464 bytes of output not logged)");
  });

  test("following ends when the sandbox stops", async () => {
    const sandbox = await create();
    await runCommand(sandbox, ["echo", "before"]);
    const followed = text(sandbox.logs({ follow: true }));
    await runCommand(sandbox, ["echo", "after"]);
    await sandbox.kill();
    const log = await followed;
    expect(log).toContain("\nbefore\n");
    expect(log).toContain("\nafter\n");
  });

  test("following ends when the signal fires", async () => {
    const sandbox = await create();
    const stop = new AbortController();
    const followed = text(sandbox.logs({ follow: true, signal: stop.signal }));
    setTimeout(() => stop.abort(), 100);
    expect(await followed).toBe("");
  });

  test("sandboxed code can neither read what is being logged nor write to it", async () => {
    const sandbox = await create();
    const attack = await runCommand(sandbox, [
      "sh",
      "-c",
      "echo forged > /proc/1/fd/1; head -c 1 /proc/1/fd/0",
    ]);
    expect(attack.stderr).toMatch(/Permission denied/);
    expect(await text(sandbox.logs())).not.toMatch(/^forged$/m);
  });
});
