import { expect, test } from "vitest";
import { nameOptions } from "../../src/cli/name-options.ts";
import { SandboxError } from "../../src/errors/index.ts";

test("a field of the library is named as its option", () => {
  const error = new SandboxError("invalid_argument", "memoryMib must be a whole number from 16 (not 1).", {
    data: { field: "memoryMib" },
  });
  expect(nameOptions(error)).toMatchObject({
    message: "--memory must be a whole number from 16 (not 1).",
    data: { field: "--memory" },
  });
});

test("the key of a map is kept", () => {
  const error = new SandboxError("invalid_argument", "env.1A must match […].", { data: { field: "env.1A" } });
  expect(nameOptions(error).message).toBe("--env 1A must match […].");
});

test("errors of another kind, and fields that are no option, stay as they are", () => {
  const other = new SandboxError("not_found", "name is unknown.", { data: { field: "name" } });
  const unknown = new SandboxError("invalid_argument", "minimumIsolation must be a level.", {
    data: { field: "minimumIsolation" },
  });
  expect(nameOptions(other)).toBe(other);
  expect(nameOptions(unknown)).toBe(unknown);
});
