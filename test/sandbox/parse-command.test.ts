import { describe, expect, test } from "vitest";
import { isSandboxError, type SandboxError } from "../../src/errors/index.ts";
import {
  fitsArgument,
  parseCode,
  parseCommand,
  parseExecOptions,
  parseListFilter,
  parseLogsOptions,
  parseName,
  parseOperationOptions,
  parseSignalName,
  parseSpawnOptions,
  parseStopOptions,
  parseTtl,
} from "../../src/sandbox/parse/index.ts";

function refusal(call: () => unknown): SandboxError {
  try {
    call();
  } catch (error) {
    if (isSandboxError(error)) return error;
    throw error;
  }
  return expect.unreachable("the value was accepted");
}

describe("parseCommand", () => {
  test("A2A-11 keeps arguments as they are, empty ones and metacharacters included", () => {
    const args = ["", " ", "$(id)", ";", "a\nb", "--", "*", "'\"\\", "é😀"];
    expect(parseCommand("prog", args)).toEqual(["prog", ...args]);
    expect(parseCommand("prog")).toEqual(["prog"]);
  });

  test.each<[string, unknown, unknown]>([
    ["cmd", "", []],
    ["cmd", "a\0b", []],
    ["cmd", undefined, []],
    ["cmd", "a".repeat(131_072), []],
    ["args", "a", "b"],
    ["args", "a", { length: 1 }],
    ["args.0", "a", ["x\0"]],
    ["args.1", "a", ["x", 7]],
    ["args.0", "a", ["a".repeat(131_072)]],
    ["args.0", "a", ["é".repeat(65_536)]],
    ["args", "a", Array.from({ length: 17 }, () => "a".repeat(131_071))],
  ])("refuses %s", (field, cmd, args) => {
    expect(refusal(() => parseCommand(cmd, args))).toMatchObject({
      code: "invalid_argument",
      data: { field },
    });
  });

  test("takes what is just short enough", () => {
    expect(parseCommand("a", ["a".repeat(131_071)])[1]).toHaveLength(131_071);
    expect(
      parseCommand(
        "a",
        Array.from({ length: 15 }, () => "a".repeat(131_071)),
      ),
    ).toHaveLength(16);
  });

  test("never shows an argument", () => {
    expect(refusal(() => parseCommand("a", ["hunter2\0"])).message).not.toContain("hunter2");
  });

  test("code is any text without NUL, and is not shown", () => {
    const long = "x".repeat(3_000_000);
    expect(parseCode("script", long)).toBe(long);
    expect(fitsArgument("x".repeat(131_071))).toBe(true);
    expect(fitsArgument("x".repeat(131_072))).toBe(false);
    expect(fitsArgument("é".repeat(65_536))).toBe(false);
    const error = refusal(() => parseCode("code", "hunter2\0"));
    expect(error.data).toEqual({ field: "code" });
    expect(error.message).not.toContain("hunter2");
    expect(refusal(() => parseCode("script", undefined)).data).toEqual({ field: "script" });
  });
});

describe("parseExecOptions", () => {
  test("has the documented defaults", () => {
    const defaults = {
      cwd: "/workspace",
      env: {},
      timeoutMs: 120_000,
      maxOutputBytes: 1_048_576,
      spill: false,
      check: false,
    };
    expect(parseExecOptions()).toEqual(defaults);
    expect(parseExecOptions({ cwd: undefined, timeoutMs: undefined })).toEqual(defaults);
    expect(parseSpawnOptions()).toEqual({ cwd: "/workspace", env: {}, timeoutMs: Number.POSITIVE_INFINITY });
  });

  async function* stream() {
    yield "a";
  }
  test.each<[string, unknown]>([
    ["stdin", ""],
    ["stdin", Buffer.from("x")],
    ["stdin", stream()],
    ["timeoutMs", Number.POSITIVE_INFINITY],
    ["timeoutMs", 2 ** 40],
    ["user", "nobody"],
    ["user", "0"],
    ["user", "1000:1000"],
    ["maxOutputBytes", 0],
    ["yieldAfterMs", 0],
    ["signal", new AbortController().signal],
    ["onStdout", () => {}],
  ])("takes %s", (field, value) => {
    expect(parseExecOptions({ [field]: value })).toHaveProperty(field, value);
  });

  test.each<[string, unknown]>([
    ["cwd", "relative"],
    ["cwd", ""],
    ["cwd", "/a\0b"],
    ["cwd", `/${"a".repeat(4096)}`],
    ["env.A", { A: "hunter2\0" }],
    ["user", "a:b"],
    ["user", "-1"],
    ["user", "4294967295"],
    ["user", "1:2:3"],
    ["user", "root; id"],
    ["user", ""],
    ["stdin", 7],
    ["stdin", ["a"]],
    ["stdin", null],
    ["timeoutMs", 0],
    ["timeoutMs", -1],
    ["timeoutMs", 1.5],
    ["timeoutMs", Number.NaN],
    ["timeoutMs", "1"],
    ["signal", {}],
    ["signal", null],
    ["onStdout", "x"],
    ["onStderr", 1],
    ["maxOutputBytes", -1],
    ["maxOutputBytes", 268_435_457],
    ["spill", 1],
    ["check", "no"],
    ["yieldAfterMs", -1],
    ["timeout", 5],
  ])("refuses %s as in %j", (field, value) => {
    const error = refusal(() => parseExecOptions({ [field.split(".")[0] as string]: value }));
    expect(error).toMatchObject({ code: "invalid_argument", data: { field } });
    expect(error.message).not.toContain("hunter2");
  });

  test("spawn refuses what only exec takes", () => {
    expect(refusal(() => parseSpawnOptions({ maxOutputBytes: 1 })).data).toEqual({ field: "maxOutputBytes" });
  });
});

describe("the small parsers", () => {
  test.each<[string, () => unknown]>([
    ["name", () => parseName("A")],
    ["ttlMs", () => parseTtl(0)],
    ["signal", () => parseSignalName("SIGNOPE")],
    ["signal", () => parseSignalName("constructor")],
    ["signal", () => parseSignalName(9)],
    ["graceMs", () => parseStopOptions({ graceMs: -1 })],
    ["grace", () => parseStopOptions({ grace: 1 })],
    ["tail", () => parseLogsOptions({ tail: 1.5 })],
    ["signal", () => parseOperationOptions({ signal: 1 })],
    ["force", () => parseOperationOptions({ force: true })],
    ["status", () => parseListFilter({ status: "gone" })],
    ["labels.a", () => parseListFilter({ labels: { a: 1 } })],
    ["name", () => parseListFilter({ name: "a" })],
  ])("refuse a wrong %s", (field, call) => {
    expect(refusal(call)).toMatchObject({ code: "invalid_argument", data: { field } });
  });

  test("have defaults", () => {
    expect(parseStopOptions()).toEqual({ graceMs: 2000 });
    expect(parseStopOptions({ graceMs: undefined })).toEqual({ graceMs: 2000 });
    expect(parseSignalName()).toBe("SIGKILL");
    expect(parseListFilter()).toEqual({});
    expect(parseLogsOptions()).toEqual({});
    expect(parseOperationOptions()).toEqual({});
  });
});
