import { describe, expect, test } from "vitest";
import { endToEnd, mapValues, valuesOf } from "../../../src/egress/broker/header-fields.ts";
import {
  formatAuthority,
  splitAbsoluteForm,
  splitAuthority,
} from "../../../src/egress/broker/request-target.ts";

describe("endToEnd", () => {
  test("takes out what belongs to the connection, and what it names", () => {
    const fields = [
      "Connection",
      "X-One , close",
      "X-One",
      "1",
      "x-two",
      "2",
      "TE",
      "gzip",
      "Upgrade",
      "h2c",
      "Own",
      "3",
    ];
    expect(endToEnd(fields, ["own"])).toEqual(["x-two", "2"]);
  });

  test("does not let the framing be named away", () => {
    const fields = ["Content-Length", "3", "Connection", "content-length", "A", "1", "A", "2"];
    expect(endToEnd(fields)).toEqual(["Content-Length", "3", "A", "1", "A", "2"]);
    expect(valuesOf(fields, "a")).toEqual(["1", "2"]);
    expect(mapValues(["A", "1"], (value, name) => name + value)).toEqual(["A", "A1"]);
  });
});

describe("splitAuthority", () => {
  test.each([
    ["a.test", { host: "a.test", port: undefined }],
    ["a.test:80", { host: "a.test", port: 80 }],
    ["[::1]:80", { host: "[::1]", port: 80 }],
    ["a.test:65536", undefined],
    ["a.test:0", undefined],
    ["a.test:", undefined],
    [":80", undefined],
    ["", undefined],
    ["u@a.test", undefined],
    ["u:p@a.test:80", undefined],
    ["::1", undefined],
    ["a.test:80:80", undefined],
    ["a.test:8 0", undefined],
  ])("of %j", (text, expected) => {
    expect(splitAuthority(text)).toEqual(expected);
  });
});

describe("splitAbsoluteForm", () => {
  test.each([
    ["http://a.test", { scheme: "http", authority: "a.test", path: "/" }],
    ["HTTP://a.test?q", { scheme: "http", authority: "a.test", path: "/?q" }],
    ["http://a.test/x?y", { scheme: "http", authority: "a.test", path: "/x?y" }],
    ["http://a.test#x", undefined],
    ["http:///x", undefined],
    ["http:a.test", undefined],
    ["//a.test/", undefined],
    ["/x", undefined],
  ])("of %j", (text, expected) => {
    expect(splitAbsoluteForm(text)).toEqual(expected);
  });
});

test("formatAuthority writes addresses of IPv6 in brackets, and no port that is implied", () => {
  expect(formatAuthority({ host: "::1", kind: "ipv6" }, 443, 443)).toBe("[::1]");
  expect(formatAuthority({ host: "a.test", kind: "name" }, 443, 80)).toBe("a.test:443");
});
