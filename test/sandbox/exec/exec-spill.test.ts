import { describe, expect, test } from "vitest";
import { SandboxError } from "../../../src/errors/index.ts";
import type { OutputChunk } from "../../../src/runtime/index.ts";
import { posixScripts } from "../../../src/runtime/posix/scripts.ts";
import { maxSpillBytes } from "../../../src/sandbox/exec/spill-file.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { errorOf } from "../support/error-of.ts";
import { setUpSandbox } from "../support/set-up.ts";

const chunk = (stream: OutputChunk["stream"], text: string): OutputChunk => ({
  stream,
  data: Buffer.from(text),
});
const spillPaths = (paths: string[]) => paths.filter((path) => path.startsWith("/tmp/.ctx-sandbox-output-"));

describe("spill", () => {
  test("saves the complete output of both streams in order, with what came before the cap", async () => {
    const output = Array.from({ length: 500 }, (_, index) =>
      chunk(index % 3 ? "stdout" : "stderr", `${index};`),
    );
    const { runtime, sandbox } = await setUpSandbox({ program: () => ({ output }) });
    const result = await sandbox.exec("prog", [], { spill: true, maxOutputBytes: 100 });
    expect(result.truncated).toBe(true);
    expect(result.outputFile).toMatch(/^\/tmp\/\.ctx-sandbox-output-[0-9a-f]{16}$/);
    const saved = Buffer.from(runtime.files("box").read(result.outputFile ?? ""));
    expect(saved.toString()).toBe(Buffer.concat(output.map(({ data }) => data)).toString());
  });

  test("saves nothing when nothing was dropped", async () => {
    const { runtime, sandbox } = await setUpSandbox({ program: () => ({ output: ["x".repeat(100)] }) });
    const result = await sandbox.exec("prog", [], { spill: true, maxOutputBytes: 100 });
    expect(result.outputFile).toBeUndefined();
    expect(runtime.files("box").paths()).toEqual([]);
  });

  test("is off unless asked for", async () => {
    const { runtime, sandbox } = await setUpSandbox({ program: () => ({ output: ["x".repeat(101)] }) });
    expect((await sandbox.exec("prog", [], { maxOutputBytes: 100 })).outputFile).toBeUndefined();
    expect(runtime.files("box").paths()).toEqual([]);
  });

  test("writes in pieces of about 1 MiB, and at most 64 MiB", async () => {
    const piece = Buffer.alloc(100_000, "0123456789");
    const { runtime, sandbox } = await setUpSandbox({
      program: () => ({
        output: (function* () {
          for (let index = 0; index < 700; index++) yield piece;
        })(),
      }),
    });
    const result = await sandbox.exec("prog", [], { spill: true });
    const saved = Buffer.from(runtime.files("box").read(result.outputFile ?? ""));
    const marker = `\n… ${70_000_000 - maxSpillBytes} bytes left out …\n`;
    expect(saved.subarray(maxSpillBytes).toString()).toBe(marker);
    expect(saved.subarray(0, 100_000).equals(piece)).toBe(true);
    const appends = runtime.commands("box").filter(({ argv }) => argv[2] === posixScripts.append);
    expect(appends.length).toBeGreaterThan(60);
    expect(appends.length).toBeLessThan(70);
  });

  test("that cannot be written is given up: the command matters more", async () => {
    const { runtime, sandbox } = await setUpSandbox({
      program: () => {
        // What spawns after the command itself is the writing of the file.
        runtime.fail("spawn", new SandboxError("storage_full", "Full."));
        return { output: Array.from({ length: 40 }, () => "x".repeat(100_000)), exitCode: 3 };
      },
    });
    const result = await sandbox.exec("prog", [], { spill: true, maxOutputBytes: 10 });
    expect(result).toMatchObject({ exitCode: 3, truncated: true });
    expect(result.outputFile).toBeUndefined();
    expect(runtime.commands("box")).toHaveLength(1);
    expect(spillPaths(runtime.files("box").paths())).toEqual([]);
  });

  test("is kept after a time limit", async () => {
    const { runtime, sandbox } = await setUpSandbox({
      program: () => ({ output: ["x".repeat(500)], hangs: true }),
    });
    const result = await sandbox.exec("prog", [], { spill: true, maxOutputBytes: 10, timeoutMs: 50 });
    expect(result.timedOut).toBe(true);
    expect(runtime.files("box").read(result.outputFile ?? "")).toHaveLength(500);
  });

  test("does not hold back the answer to a time limit when the runtime hangs", async () => {
    const { runtime, sandbox } = await setUpSandbox(
      { program: () => ({ output: ["x".repeat(3_000_000)], hangs: true }) },
      { deadlines: { settleMs: 50 } },
    );
    const running = sandbox.exec("prog", [], { spill: true, maxOutputBytes: 10, timeoutMs: 50 });
    await waitUntil("the command runs", () => runtime.commands("box").length >= 1);
    runtime.hang("spawn");
    expect((await running).timedOut).toBe(true);
  });

  test("leaves no file when the caller is never told of it", async () => {
    const { runtime, sandbox } = await setUpSandbox({
      program: () => ({ output: ["x".repeat(2_000_000), "y"], hangs: true }),
    });
    const controller = new AbortController();
    const onStdout = (text: string) => {
      if (text === "y") controller.abort();
    };
    const running = sandbox.exec("prog", [], {
      spill: true,
      maxOutputBytes: 10,
      signal: controller.signal,
      onStdout,
    });
    expect((await errorOf(running)).code).toBe("cancelled");
    expect(spillPaths(runtime.files("box").paths())).toEqual([]);
    const failing = sandbox.exec("prog", [], {
      spill: true,
      maxOutputBytes: 10,
      onStdout: (text) => {
        if (text === "y") throw new Error("mine");
      },
    });
    await expect(failing).rejects.toThrow("mine");
    expect(spillPaths(runtime.files("box").paths())).toEqual([]);
  });
});
