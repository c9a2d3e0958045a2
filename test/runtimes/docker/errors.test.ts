import { expect, test } from "vitest";
import { mapEngineError } from "../../../runtimes/docker/errors.ts";
import { SandboxError } from "../../../src/errors/index.ts";

const engine = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode });
const socket = (code: string) => Object.assign(new Error(code), { code });

test.each([
  [socket("ECONNREFUSED"), "a", "connection_lost"],
  [socket("ENOENT"), "a", "connection_lost"],
  [socket("ECONNRESET"), undefined, "connection_lost"],
  [engine(404, "No such container: x"), "a", "sandbox_lost"],
  [engine(404, "No such thing"), undefined, "not_found"],
  [engine(409, "Container x is paused, unpause the container before exec"), "a", "not_running"],
  [engine(409, "Container x is not running"), "a", "sandbox_lost"],
  [
    engine(409, 'Conflict. The container name "/x" is already in use by container "y"'),
    undefined,
    "already_exists",
  ],
  [engine(500, "write /x: no space left on device"), undefined, "storage_full"],
  [engine(500, "something new"), "a", "runtime_error"],
  [Object.assign(new Error("aborted"), { name: "AbortError" }), "a", "cancelled"],
])("%s in sandbox %s is %s", (error, sandbox, code) => {
  const mapped = mapEngineError(error, "do it", sandbox);
  expect(mapped.code).toBe(code);
  expect(mapped.cause).toBe(error);
  expect(mapped.message).toMatch(/^Could not do it: .+/);
});

test("our own errors pass unchanged", () => {
  const error = new SandboxError("limit_exceeded", "too much");
  expect(mapEngineError(error, "do it", "a")).toBe(error);
});
