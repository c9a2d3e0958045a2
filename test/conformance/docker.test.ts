import { registerConformance } from "ctx-sandbox/testing";
import { afterAll, describe, it } from "vitest";
import { describeWith } from "../support/components.ts";
import { createRuntime } from "./docker-runtime.ts";

describeWith("docker", "docker", () => {
  registerConformance(
    { describe: describe.concurrent, it, afterAll },
    { createRuntime, secondProcessModule: new URL("./docker-runtime.ts", import.meta.url) },
  );
});
