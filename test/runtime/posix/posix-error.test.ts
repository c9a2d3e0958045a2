import { describe, expect, test } from "vitest";
import { posixError, quotedPath } from "../../../src/runtime/posix/index.ts";

const failure = (stderr: string, exitCode = 1) =>
  posixError({ action: "read", path: "/a", exitCode, stderr });

describe("posixError", () => {
  test.each([
    ["cat: x: No such file or directory", "file_not_found"],
    ["sh: 1: cannot create /x/y: Directory nonexistent", "file_not_found"],
    ["sh: can't create /x/y: nonexistent directory", "file_not_found"],
    ["tar: f: Cannot open: Permission denied\ntar: Exiting with failure status", "permission_denied"],
    ["mkdir: cannot create directory 'x': Read-only file system", "permission_denied"],
    ["cat: write error: No space left on device", "storage_full"],
    ["cat: write error: Disk quota exceeded", "storage_full"],
    ["rm: cannot remove 'x': Device or resource busy", "file_conflict"],
    ["mkdir: cannot create directory 'x': File name too long", "invalid_argument"],
    ["sh: ENOENT: no such file or directory, open '/x'", "file_not_found"],
    ["cat: EACCES: x", "permission_denied"],
    ["cat: a file of the name ENOENT: x", "runtime_error"],
    ["tar: big: Wrote only 512 of 10240 bytes\ntar: Exiting", "storage_full"],
    ["mv: cannot move 'a' to a subdirectory of itself, 'a/b'", "invalid_argument"],
    ["something else", "runtime_error"],
    ["", "runtime_error"],
  ])("%j is %s", (stderr, code) => {
    expect(failure(stderr)).toMatchObject({ code, data: { path: "/a", exitCode: 1 } });
  });

  test("the words of a file's name count for nothing", () => {
    expect(failure("cat: No space left on device.txt: Permission denied").code).toBe("permission_denied");
  });

  test("a missing program is named, with what to do", () => {
    const error = failure("sh: 1: tar: not found", 127);
    expect(error.code).toBe("runtime_error");
    expect(error.message).toContain("tar: not found");
    expect(error.message).toContain("Use an image");
  });

  test("shows what is unknown in one short line", () => {
    const { message } = failure(`${"\u001b[2J".repeat(200)}\nsecond`);
    expect(message).not.toMatch(/[^\x20-\x7e…]/);
    expect(message.length).toBeLessThan(900);
  });
});

describe("quotedPath", () => {
  test.each([
    ["/plain é 日", '"/plain é 日"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ["a\nb\u001b\u202e\u2028\ud800", '"a\\u{a}b\\u{1b}\\u{202e}\\u{2028}\\u{d800}"'],
  ])("%j is shown as %s", (path, shown) => {
    expect(quotedPath(path)).toBe(shown);
  });

  test("shortens in the middle", () => {
    expect(quotedPath(`/start/${"x".repeat(5000)}/end`)).toMatch(/^"\/start\/x+…x+\/end"$/);
  });
});
