import { embeddedRuntime } from "ctx-sandbox/runtimes/embedded";
import { registerConformance } from "ctx-sandbox/testing";
import { afterAll, describe, it } from "vitest";

describe("embedded", () => {
  registerConformance(
    { describe: describe.concurrent, it, afterAll },
    { createRuntime: () => embeddedRuntime() },
  );
});
