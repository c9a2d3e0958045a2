import { embeddedRuntime } from "ctx-sandbox/runtimes/embedded";
import { runConformance } from "ctx-sandbox/testing";
import { expect, test } from "vitest";
import { cutAfter, decodedInPieces, onOneStream } from "./support/break-output.ts";
import { type Breakage, breakRuntime } from "./support/break-runtime.ts";

// Each row: the clause that has to notice, and what is wrong.
const defects: readonly [clause: string, defect: string, broken: Breakage][] = [
  [
    "exec/exit-codes",
    "loses exit codes",
    { process: () => ({ wait: async () => ({ exitCode: 0, oomKilled: false }) }) },
  ],
  [
    "exec/argv-literal",
    "runs arguments through a shell",
    { command: (command) => ({ ...command, argv: ["sh", "-c", command.argv.join(" ")] }) },
  ],
  [
    "exec/argv-empty",
    "drops empty arguments",
    {
      command: (command) => ({
        ...command,
        argv: [command.argv[0], ...command.argv.slice(1).filter((word) => word !== "")],
      }),
    },
  ],
  ["exec/cwd", "ignores the working folder", { command: (command) => ({ ...command, cwd: "/workspace" }) }],
  ["exec/env", "ignores the command's environment", { command: (command) => ({ ...command, env: {} }) }],
  ["exec/env", "ignores the sandbox's environment", { spec: (spec) => ({ ...spec, env: {} }) }],
  [
    "exec/streams-apart",
    "mixes stderr into stdout",
    { process: ({ output }) => ({ output: onOneStream(output) }) },
  ],
  [
    "exec/unknown-program",
    "throws for unknown programs",
    { command: (command) => (command.argv[0].includes("no") ? fail("spawn ENOENT") : command) },
  ],
  [
    "streams/large-output",
    "loses the end of long output",
    { process: ({ output }) => ({ output: cutAfter(output, 1_000_000) }) },
  ],
  [
    "encodings/characters-at-chunk-borders",
    "decodes each piece for itself",
    { process: ({ output }) => ({ output: decodedInPieces(output) }) },
  ],
  ["stdin/text", "drops stdin", { process: () => ({ writeStdin: async () => {} }) }],
  ["lifecycle/list-names", "lists nothing", { runtime: () => ({ list: async () => [] }) }],
  ["lifecycle/remove-leaves-nothing", "does not remove", { sandbox: () => ({ destroy: async () => {} }) }],
  ["lifecycle/stop-keeps-files", "does not stop", { sandbox: () => ({ stop: async () => {} }) }],
  ["labels/hostile-values", "trims labels", { spec: (spec) => ({ ...spec, labels: trimmed(spec.labels) }) }],
  [
    "files/list-is-sorted",
    "lists in another order",
    { files: (files) => ({ list: async (path) => (await files.list(path)).toReversed() }) },
  ],
  [
    "files/missing-is-told",
    "lets errors through unmapped",
    { files: () => ({ stat: () => fail("ENOENT"), list: () => fail("ENOENT") }) },
  ],
  [
    "files/remove",
    "removes full folders unasked",
    { files: (files) => ({ remove: (path) => files.remove(path, { recursive: true }) }) },
  ],
  [
    "refusals/detached-has-an-expiry",
    "promises what it has not",
    { capabilities: { outlivesOwner: true }, spec: ({ expiresAt: _, ...spec }) => spec },
  ],
];

test.concurrent.each(defects)("%s notices a runtime that %s", async (id, _defect, broken) => {
  const createRuntime = () => breakRuntime(embeddedRuntime(), broken);
  const filter = ({ id: other }: { id: string }) => other === id;
  const report = await runConformance({ createRuntime, filter });
  expect(report).toMatchObject({ conformant: false, results: [{ outcome: "failed" }] });
});

test.concurrent.each([...new Set(defects.map(([id]) => id))].filter((id) => !id.startsWith("refusals/")))(
  "%s passes without a defect",
  async (id) => {
    const createRuntime = () => breakRuntime(embeddedRuntime(), {});
    const report = await runConformance({ createRuntime, filter: (clause) => clause.id === id });
    expect(report).toMatchObject({ conformant: true, results: [{ outcome: "passed" }] });
  },
);

function trimmed(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, value.trim()]));
}

function fail(message: string): never {
  throw new Error(message);
}
