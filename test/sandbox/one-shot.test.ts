import { describe, expect, test } from "vitest";
import { SandboxError } from "../../src/errors/index.ts";
import {
  type ExecResult,
  execResult,
  type OneShotOptions,
  SandboxClient,
  type SandboxHandle,
} from "../../src/sandbox/index.ts";
import type { FakePrimitive } from "../../src/testing/fake-faults.ts";
import { CountingController } from "./support/counting-signal.ts";
import { errorOf } from "./support/error-of.ts";
import { setUp } from "./support/set-up.ts";

type OneShot = (client: SandboxClient, options?: OneShotOptions) => Promise<ExecResult>;
const oneShots: [string, string, readonly string[], OneShot][] = [
  ["runShell", "sh", ["sh", "-c", "a | b"], (client, options) => client.runShell("a | b", options)],
  [
    "runPython",
    "py",
    ["python", "-c", "print(1)"],
    (client, options) => client.runPython("print(1)", options),
  ],
  ["exec", "ex", ["prog", "$x"], (client, options) => client.exec("prog", ["$x"], options)],
];
const steps: readonly FakePrimitive[] = ["create", "spawn", "stop", "destroy"];

describe.each(oneShots)("A2A-19 A2A-20 %s", (_method, prefix, argv, run) => {
  test("creates, runs, stops and removes, in this order and once each", async () => {
    const seen: unknown[] = [];
    const { runtime, client } = setUp({
      program: (command) => {
        seen.push(command.argv);
        return { output: ["out"], exitCode: 3 };
      },
    });
    expect(await run(client)).toMatchObject({ stdout: "out", exitCode: 3 });
    const calls = runtime.calls.filter(({ primitive }) => steps.includes(primitive));
    expect(calls.map(({ primitive }) => primitive)).toEqual(steps);
    const names = new Set(calls.map(({ sandbox }) => sandbox));
    expect(names.size).toBe(1);
    expect([...names][0]).toMatch(new RegExp(`^${prefix}-[0-9a-f]{8}$`));
    expect(seen).toEqual([argv]);
    expect(await runtime.list()).toEqual([]);
  });

  test("hands the sandbox's options to the sandbox and the command's to the command", async () => {
    const { runtime, client } = setUp({ program: (_command, { stdin }) => ({ output: stdin }) });
    const create = runtime.create.bind(runtime);
    const specs: unknown[] = [];
    runtime.create = async (spec, options) => {
      specs.push(spec);
      return await create(spec, options);
    };
    const result = await run(client, {
      image: "alpine",
      memoryMib: 64,
      env: { A: "b" },
      labels: { l: "m" },
      stdin: "in",
      timeoutMs: 5000,
      cwd: "/tmp",
    });
    expect(result.stdout).toBe("in");
    expect(specs).toEqual([
      expect.objectContaining({ image: "alpine", env: { A: "b" }, labels: { l: "m" } }),
    ]);
  });

  test("A2A-21 tears down when the command cannot be run, and passes that error on", async () => {
    const { runtime, client } = setUp();
    const lost = new SandboxError("connection_lost", "Gone.");
    runtime.fail("spawn", lost);
    expect(await errorOf(run(client))).toBe(lost);
    expect(runtime.calls.map(({ primitive }) => primitive)).toEqual(
      expect.arrayContaining(["stop", "destroy"]),
    );
    expect(await runtime.list()).toEqual([]);
  });

  test("A2A-21 removes although stopping throws, and gives the result", async () => {
    const { runtime, client } = setUp({ program: () => ({ output: ["out"] }) });
    runtime.fail("stop", new Error("no"));
    expect((await run(client)).stdout).toBe("out");
    expect(await runtime.list()).toEqual([]);
  });

  test("A2A-21 gives the result although removing throws", async () => {
    const { runtime, client } = setUp({ program: () => ({ output: ["out"] }) });
    runtime.fail("destroy", new Error("no"));
    expect((await run(client)).stdout).toBe("out");
    expect(await runtime.list()).toHaveLength(1);
  });

  test("A2A-21 passes on the command's error although the teardown throws too", async () => {
    const { runtime, client } = setUp();
    const lost = new SandboxError("connection_lost", "Gone.");
    runtime.fail("spawn", lost);
    runtime.fail("stop", new Error("no"));
    runtime.fail("destroy", new Error("no"));
    expect(await errorOf(run(client))).toBe(lost);
  });

  test("tears down after a failed check, a time limit and a cancel", async () => {
    const { runtime, client } = setUp({ program: () => ({ output: ["a"], hangs: true }) });
    const controller = new CountingController();
    expect((await errorOf(run(client, { check: true, timeoutMs: 10 }))).code).toBe("command_failed");
    expect((await run(client, { timeoutMs: 10 })).timedOut).toBe(true);
    const onStdout = () => controller.abort();
    expect((await errorOf(run(client, { signal: controller.signal, onStdout }))).code).toBe("cancelled");
    expect(controller.listeners).toBe(0);
    expect(await runtime.list()).toEqual([]);
  });

  test("runs nothing when the create fails", async () => {
    const { runtime, client } = setUp();
    const full = new SandboxError("storage_full", "Full.");
    runtime.fail("create", full);
    expect(await errorOf(run(client))).toBe(full);
    expect(runtime.calls.some(({ primitive }) => primitive === "stop")).toBe(false);
  });

  test("refuses unknown options", async () => {
    const { client } = setUp();
    for (const wrong of [{ imagee: "x" }, { yieldAfterMs: 5 }, { name: "mine", nonsense: 1 }]) {
      expect((await errorOf(run(client, wrong as OneShotOptions))).code).toBe("invalid_argument");
    }
  });
});

test("A2A-21 A2A-22 hold for an implementation of five methods, also one that throws before its first await", async () => {
  const calls: string[] = [];
  const handle = {
    name: "x",
    shell: async () => execResult({ stdout: "out" }),
    stop: () => {
      calls.push("stop");
      throw new Error("at once");
    },
  } as unknown as SandboxHandle;
  class Minimal extends SandboxClient {
    override create = async () => handle;
    override get = async () => handle;
    override list = async () => [];
    override listInfo = async () => [];
    override remove(): Promise<void> {
      calls.push("remove");
      throw new Error("at once");
    }
    override close = async () => {};
  }
  expect((await new Minimal().runShell("x")).stdout).toBe("out");
  expect(calls).toEqual(["stop", "remove"]);
});

test("a hundred one-shots at once leave nothing and share nothing", async () => {
  const { runtime, client } = setUp({ program: ({ argv }) => ({ output: [argv[2] ?? ""] }) });
  const results = await Promise.all(Array.from({ length: 100 }, (_, index) => client.runShell(`${index}`)));
  expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 100 }, (_, index) => `${index}`));
  expect(await runtime.list()).toEqual([]);
});
