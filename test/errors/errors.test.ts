import { describe, expect, test } from "vitest";
import {
  type ErrorCode,
  errorCodes,
  isSandboxError,
  SandboxError,
  SandboxUnavailable,
} from "../../src/errors/index.ts";

describe("the table of codes", () => {
  const codes = Object.entries(errorCodes);

  test.each(codes)(
    "%s has a sentence each, an HTTP error status and an exit code that is not success",
    (code, facts) => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(facts.meaning).toMatch(/^[A-Z].*\.$/);
      expect(facts.remedy).toMatch(/^[A-Z].*\.$/);
      expect(facts.httpStatus).toBeGreaterThanOrEqual(400);
      expect(facts.httpStatus).toBeLessThan(600);
      expect(facts.exitCode).toBeGreaterThan(0);
      expect(facts.exitCode).toBeLessThan(256);
    },
  );
});

describe("SandboxError", () => {
  test("carries code, message, data and cause, and is frozen where programs look", () => {
    const cause = new Error("vendor");
    const data = { sandbox: "a" };
    const error = new SandboxError("not_found", "There is none.", { data, cause });
    data.sandbox = "b";
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "SandboxError", code: "not_found", message: "There is none." });
    expect(error.data).toEqual({ sandbox: "a" });
    expect(Object.isFrozen(error.data)).toBe(true);
    expect(error.cause).toBe(cause);
    expect("cause" in new SandboxError("closed", "x")).toBe(false);
  });

  test("shows machines everything but the cause", () => {
    const error = new SandboxError("connection_lost", "Gone.", {
      data: { a: 1 },
      cause: new Error("secret"),
    });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "connection_lost",
      message: "Gone.",
      retryable: true,
      data: { a: 1 },
    });
  });

  test.each(Object.keys(errorCodes) as ErrorCode[])("%s is as retryable as its row says", (code) => {
    expect(new SandboxError(code, "x").retryable).toBe(errorCodes[code].retryable);
  });

  test("A2A-24 SandboxUnavailable has a name of its own and the stable code `unavailable`", () => {
    const error = new SandboxUnavailable("No runtime.");
    expect(error).toBeInstanceOf(SandboxError);
    expect(error).toMatchObject({ name: "SandboxUnavailable", code: "unavailable" });
  });
});

describe("isSandboxError", () => {
  test("knows its own, with a code or without", () => {
    const error = new SandboxError("closed", "x");
    expect(isSandboxError(error)).toBe(true);
    expect(isSandboxError(error, "closed")).toBe(true);
    expect(isSandboxError(error, "not_found")).toBe(false);
  });

  test("knows one of another copy of the package", () => {
    expect(isSandboxError(Object.assign(new Error("x"), { code: "closed" }), "closed")).toBe(true);
  });

  test.each([
    undefined,
    null,
    "closed",
    { code: "closed" },
    new Error("x"),
    Object.assign(new Error("x"), { code: "ENOENT" }),
    Object.assign(new Error("x"), { code: 7 }),
  ])("refuses %j", (value) => {
    expect(isSandboxError(value)).toBe(false);
  });
});
