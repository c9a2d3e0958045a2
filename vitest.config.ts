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
};

/** Tests take real time on real engines: the deadlines are there to end what hangs, not to measure. */
const deadlines = { testTimeout: 60_000, hookTimeout: 600_000, teardownTimeout: 60_000 };

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
      ...Object.entries(projects).map(([name, include]) => ({
        extends: true as const,
        test: { name, include, ...deadlines },
      })),
    ],
  },
});
