import { defineConfig } from "vitest/config";

/** Each project and its files; what no other project names is `unit`. */
const projects = {
  conformance: ["test/conformance/**/*.test.ts"],
  runtimes: ["test/runtimes/**/*.test.ts"],
  cli: ["test/cli/**/*.test.ts"],
  acceptance: ["test/acceptance/**/*.test.ts"],
  examples: ["test/examples.test.ts", "test/docs.test.ts"],
  package: ["test/package.test.ts"],
  security: ["test/security/**/*.test.ts"],
  microvm: ["test/microvm/**/*.test.ts"],
};

/** Tests take real time on real engines: the deadlines are there to end what hangs, not to measure. */
const deadlines = { testTimeout: 60_000, hookTimeout: 600_000, teardownTimeout: 60_000 };

/** What the emulated machine of scripts/lib/microvm sets; the project `microvm` is only there in it, see docs/testing-on-microvms.md. */
const isInMachine = process.env.CTX_SANDBOX_TEST_MICROVM !== undefined;

/** The machine has one processor, and starting a worker for each file costs it seconds. */
const inMachine = { maxWorkers: 1, isolate: false, testTimeout: 900_000 };

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    retry: 0,
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: Object.values(projects).flat(),
          ...deadlines,
        },
      },
      ...Object.entries(projects)
        .filter(([name]) => name !== "microvm" || isInMachine)
        .map(([name, include]) => ({
          extends: true as const,
          test: { name, include, ...deadlines, ...(name === "microvm" ? inMachine : {}) },
        })),
    ],
  },
});
