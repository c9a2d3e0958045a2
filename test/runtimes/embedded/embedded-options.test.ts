import { describe, expect, test } from "vitest";
import { embeddedRuntime } from "../../../runtimes/embedded/index.ts";

describe("the options of the embedded runtime", () => {
  test("decide its languages", () => {
    expect(embeddedRuntime().capabilities.languages).toEqual(["shell", "python", "javascript"]);
    expect(embeddedRuntime({ python: false, javascript: false }).capabilities.languages).toEqual(["shell"]);
  });

  test.each([
    { options: { maxConcurrentCommands: 0 }, field: "maxConcurrentCommands" },
    { options: { maxConcurrentCommands: 65 }, field: "maxConcurrentCommands" },
    { options: { maxConcurrentCommands: 1.5 }, field: "maxConcurrentCommands" },
    { options: { python: "yes" }, field: "python" },
    { options: { pyhton: true }, field: "options" },
  ])("are refused when they are wrong: $options", ({ options, field }) => {
    expect(() => embeddedRuntime(options as object)).toThrow(
      expect.objectContaining({ code: "invalid_argument", data: { field } }),
    );
  });
});
