import { registerConformance } from "ctx-sandbox/testing";
import { afterAll, describe, it } from "vitest";
import { createRuntime } from "./embedded-runtime.ts";

describe("embedded", () => {
  registerConformance(
    { describe: describe.concurrent, it, afterAll },
    { createRuntime, secondProcessModule: new URL("./embedded-runtime.ts", import.meta.url) },
  );
});
