import { expect, test } from "vitest";
import { mapVendorError, vendorCode, vendorMessage } from "../../../runtimes/microsandbox/errors.ts";
import { SandboxError } from "../../../src/errors/index.ts";

const vendor = (code: string, message = "something") => Object.assign(new Error(message), { code });
const plain = (message: string) => vendor("GenericFailure", message);

test.each([
  [vendor("sandboxAlreadyExists"), undefined, "already_exists"],
  [vendor("sandboxNotFound"), undefined, "not_found"],
  [vendor("sandboxNotFound"), "a", "sandbox_lost"],
  [vendor("sandboxReplaced"), "a", "sandbox_lost"],
  [vendor("sandboxNotRunning", 'sandbox "a" has no agent endpoint (is it running?)'), "a", "sandbox_lost"],
  [vendor("imageNotFound"), undefined, "image_not_found"],
  [vendor("image", "image error: registry error: manifest unknown"), "a", "image_not_found"],
  [
    vendor("image", "image error: registry error: error sending request for url (…)"),
    "a",
    "image_unavailable",
  ],
  [vendor("image", "image error: registry error: 401 Unauthorized: not found"), "a", "image_unavailable"],
  [vendor("image", "image error: broken layer"), "a", "runtime_error"],
  [vendor("http"), undefined, "image_unavailable"],
  [vendor("invalidConfig"), undefined, "invalid_argument"],
  [vendor("libkrunfwNotFound"), undefined, "unavailable"],
  [vendor("unsupportedOperation"), undefined, "unsupported"],
  [vendor("execTimeout"), "a", "deadline_exceeded"],
  [vendor("protocol"), "a", "connection_lost"],
  [vendor("io", "write: Broken pipe (os error 32)"), "a", "connection_lost"],
  [vendor("io", "write: No space left on device (os error 28)"), "a", "storage_full"],
  [vendor("runtime", "something new"), "a", "runtime_error"],
  [vendor("toString", "no code of theirs"), undefined, "runtime_error"],
  [plain('[BootStart] failed to start "a": sandbox process exited'), "a", "runtime_error"],
  [plain("[AgentClient] connection closed"), "a", "connection_lost"],
  [Object.assign(new Error("aborted"), { name: "AbortError" }), "a", "cancelled"],
  [new Error("no code at all"), "a", "runtime_error"],
  ["not even an error", undefined, "runtime_error"],
])("%s of sandbox %s is %s", (error, sandbox, code) => {
  const mapped = mapVendorError(error, "do it", sandbox);
  expect(mapped.code).toBe(code);
  expect(mapped.cause).toBe(error);
  expect(mapped.message).toMatch(/^Could not do it: .+/);
  expect(mapped.data).toEqual(sandbox === undefined ? {} : { sandbox });
});

test("our own errors pass unchanged", () => {
  const error = new SandboxError("limit_exceeded", "too much");
  expect(mapVendorError(error, "do it", "a")).toBe(error);
});

test("the code of an error without a class is the name before its message", () => {
  expect(vendorCode(plain("[ExecFailed] no such file"))).toBe("execFailed");
  expect(vendorCode(vendor("sandboxNotFound"))).toBe("sandboxNotFound");
  expect(vendorCode(plain("no name"))).toBeUndefined();
  expect(vendorCode(new Error("no code"))).toBeUndefined();
  expect(vendorCode(undefined)).toBeUndefined();
});

test("the message is the vendor's own, without the name, and not endless", () => {
  expect(vendorMessage(plain("[ExecFailed] no such file"))).toBe("no such file");
  expect(vendorMessage("x".repeat(9_000)).length).toBeLessThan(600);
});
