import { describe, expect, test } from "vitest";
import { execResult } from "../../src/sandbox/index.ts";

describe("execResult", () => {
  test("A2A-1 needs stdout alone; the rest has defaults, and all is frozen", () => {
    const result = execResult({ stdout: "hi" });
    expect({ ...result }).toEqual({
      stdout: "hi",
      stderr: "",
      exitCode: 0,
      ok: true,
      output: "hi",
      timedOut: false,
      oomKilled: false,
      truncated: false,
      truncatedStreams: { stdout: false, stderr: false },
      droppedBytes: 0,
      durationMs: 0,
      files: [],
      running: false,
    });
    expect(Object.isFrozen(result)).toBe(true);
    expect(() => Object.assign(result, { stdout: "other" })).toThrow(TypeError);
  });

  test("A2A-2 output is stdout followed by stderr", () => {
    expect(execResult({ stdout: "out", stderr: "err" }).output).toBe("outerr");
    expect(execResult({ stdout: "out" }).output).toBe("out");
  });

  test.each([
    [{ exitCode: 0 }, true],
    [{ exitCode: 1 }, false],
    [{ exitCode: 255 }, false],
    [{ exitCode: 0, timedOut: true }, false],
    [{ exitCode: 0, signal: "SIGTERM" as const }, false],
    [{ exitCode: 124, timedOut: true, signal: "SIGKILL" as const }, false],
  ])("A2A-3 of %j is ok: %s", (fields, ok) => {
    expect(execResult({ stdout: "", ...fields }).ok).toBe(ok);
  });

  test("survives JSON with its computed fields", () => {
    const result = JSON.parse(JSON.stringify(execResult({ stdout: "a", stderr: "b", exitCode: 3 })));
    expect(result).toMatchObject({ stdout: "a", output: "ab", ok: false, exitCode: 3 });
  });
});
