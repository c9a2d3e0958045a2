import { describe, expect, test } from "vitest";
import { parseEnvironment, parseLabels } from "../../../src/cli/options/assignments.ts";

describe("parseEnvironment", () => {
  test("splits at the first equals sign", () => {
    expect(parseEnvironment(["A=1", "B=x=y", "C="])).toEqual({ A: "1", B: "x=y", C: "" });
  });

  test("takes the caller's value of a bare name", () => {
    expect(parseEnvironment(["TOKEN"], { TOKEN: "s3cret" })).toEqual({ TOKEN: "s3cret" });
  });

  test("names a variable that the caller does not have", () => {
    expect(() => parseEnvironment(["TOKEN"], {})).toThrowError(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining('"TOKEN" has no value'),
      }),
    );
  });

  test("never shows a value", () => {
    expect(() => parseEnvironment(["=s3cret"])).toThrowError(/^(?!.*s3cret)--env: an entry has no name/);
  });

  test("keeps __proto__ an entry like any other", () => {
    const environment = parseEnvironment(["__proto__=x"]);
    expect(Object.keys(environment)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(environment)).toBe(Object.prototype);
  });
});

describe("parseLabels", () => {
  test("needs a value", () => {
    expect(parseLabels(["team=web"])).toEqual({ team: "web" });
    expect(() => parseLabels(["team"])).toThrowError(/write team=VALUE/);
  });
});
