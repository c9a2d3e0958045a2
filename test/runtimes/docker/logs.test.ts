import { afterAll, expect, test } from "vitest";
import { dockerRuntime } from "../../../runtimes/docker/index.ts";
import type { OutputFilter, RuntimeSandbox } from "../../../src/runtime/index.ts";
import { describeWith } from "../../support/components.ts";
import { runCommand, testSpec } from "../../support/run-command.ts";

/** Replaces "secret", holding back what may be its beginning. */
class HoldingFilter implements OutputFilter {
  hasEnded = false;
  #held = "";

  write(data: Uint8Array): Uint8Array {
    const all = (this.#held + Buffer.from(data).toString("latin1")).replaceAll("secret", "******");
    const start = /(s|se|sec|secr|secre)$/.exec(all)?.index ?? all.length;
    this.#held = all.slice(start);
    return Buffer.from(all.slice(0, start), "latin1");
  }

  end(): Uint8Array {
    this.hasEnded = true;
    return Buffer.from(this.#held, "latin1");
  }
}

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

  test("what is kept has passed through the command's filters; the output has not", async () => {
    const sandbox = await create();
    const script = "printf sec; sleep 0.2; printf 'ret out\\n'; printf 'secret err' >&2; printf 'held sec'";
    const made: HoldingFilter[] = [];
    const logFilter = () => {
      const filter = new HoldingFilter();
      made.push(filter);
      return filter;
    };
    const { stdout, stderr } = await runCommand(sandbox, ["sh", "-c", script, "secret"], { logFilter });
    expect({ stdout, stderr }).toEqual({ stdout: "secret out\nheld sec", stderr: "secret err" });
    const log = await text(sandbox.logs());
    expect(log).not.toContain("secret");
    expect(log).toMatch(/ \*{6}\n/);
    expect(log).toMatch(/\*{6} out\n/);
    expect(log).toMatch(/\*{6} err/);
    expect(log).toMatch(/held sec.*\n\[exit 0]\n$/s);
    expect(made.filter(({ hasEnded }) => !hasEnded)).toEqual([]);
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
