import { describe, expect, test } from "vitest";
import { parseCopyAddress } from "../../../src/cli/options/copy-address.ts";

describe("parseCopyAddress", () => {
  test.each([
    ["box:/tmp/a", "box", "/tmp/a"],
    ["box:a:b", "box", "a:b"],
    ["box:", "box", "."],
    ["box:a\nb", "box", "a\nb"],
  ])("reads %j as a path in a sandbox", (text, name, path) => {
    expect(parseCopyAddress(text)).toEqual({ kind: "sandbox", name, path });
  });

  test.each(["a", "./a:b", "/tmp/a:b", "..", "-", ":a"])("reads %j as a path of this machine", (text) => {
    expect(parseCopyAddress(text)).toEqual({ kind: "host", path: text });
  });

  test("refuses an empty text", () => {
    expect(() => parseCopyAddress("")).toThrowError(expect.objectContaining({ code: "invalid_argument" }));
  });
});
