import { describe, expect, test } from "vitest";
import { parseImageSource } from "../../../runtimes/microsandbox/image-source.ts";

describe("parseImageSource", () => {
  test.each([
    ["python:3.11-slim", { kind: "oci", reference: "python:3.11-slim" }],
    ["localhost:5000/team/x@sha256:aa", { kind: "oci", reference: "localhost:5000/team/x@sha256:aa" }],
    ["folder:latest", { kind: "oci", reference: "folder:latest" }],
    ["folder:/srv/root", { kind: "folder", path: "/srv/root" }],
    ["disk:/srv/a.qcow2", { kind: "disk", path: "/srv/a.qcow2", format: "qcow2" }],
    ["disk:/srv/a.raw", { kind: "disk", path: "/srv/a.raw", format: "raw" }],
    ["archive:/srv/a.tar", { kind: "archive", path: "/srv/a.tar" }],
  ])("reads %s", (image, source) => {
    expect(parseImageSource(image)).toEqual(source);
  });

  test.each([
    "",
    "/srv/root",
    "./root",
    "../root",
    "~/root",
    "C:\\root",
    "C:/root",
    "a\\b",
    "a b",
    "..",
    "a/../b",
    "folder:srv/root",
    "folder:./root",
    "folder:../root",
    "folder:/srv/../etc",
    "folder:/srv/./a",
    "folder://srv",
    "folder:/srv/",
    "folder:/",
    "folder:/srv/a\nb",
    "disk:/srv/a.img",
    "disk:/dev/sda",
    "archive:/srv/%2e%2e/a.tar",
    "file:///etc",
    "docker-archive:/a.tar",
    "dir:/srv",
  ])("refuses %j, telling the image", (image) => {
    expect(() => parseImageSource(image)).toThrow(
      expect.objectContaining({ code: "invalid_argument", data: { field: "image", image } }),
    );
  });

  test("a bare path is told the forms", () => {
    expect(() => parseImageSource("/srv/root")).toThrow(/folder:\/path, disk:\/path\.raw/);
  });
});
