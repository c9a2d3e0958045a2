import { expect, test } from "vitest";
import { capabilityTable, defineCapabilities } from "../../src/runtime/index.ts";
import { conformanceClauses, inapplicability } from "../../src/testing/index.ts";

const everything = defineCapabilities({
  isolation: "microvm",
  egress: ["none", "allowlist"],
  caps: ["memory", "cpus", "pids", "disk", "openFiles"],
  languages: ["shell", "python"],
  ...Object.fromEntries(
    Object.entries(capabilityTable)
      .filter(([, facts]) => typeof facts.default === "boolean")
      .map(([name]) => [name, true]),
  ),
});
const nothing = defineCapabilities({ isolation: "interpreter", exactBytes: false });

test("are at least a hundred, each with an id of its own and a sentence", () => {
  expect(conformanceClauses.length).toBeGreaterThan(100);
  expect(new Set(conformanceClauses.map(({ id }) => id)).size).toBe(conformanceClauses.length);
  for (const { id, group, behaviour } of conformanceClauses) {
    expect(id).toMatch(/^[a-z-]+\/[A-Za-z-]+$/);
    expect(id.split("/")[0]).toBe(group);
    expect(behaviour).not.toMatch(/\.$|\n/);
  }
});

test("are told to be inapplicable with what the runtime lacks", () => {
  const reasons = (capabilities: typeof nothing) =>
    new Map(conformanceClauses.map((clause) => [clause.id, inapplicability(clause, capabilities, {})]));
  const [rich, poor] = [reasons(everything), reasons(nothing)];
  expect(rich.get("exec/user")).toBeUndefined();
  expect(poor.get("exec/user")).toBe("not applicable: lacks users");
  expect(rich.get("exec/user-option-is-refused")).toBe("not applicable: has users");
  expect(poor.get("exec/user-option-is-refused")).toBeUndefined();
  expect(poor.get("caps/memory-shell")).toBe("not applicable: lacks caps: memory");
  expect(poor.get("python/print")).toBe("not applicable: lacks languages: python");
  expect(rich.get("take-over/use")).toBe("not applicable: no secondProcessModule was given");
});

test("leave no capability without a clause that needs it or its lack", () => {
  const unused = ["ports", "pty", "egress", "isolation"];
  for (const name of Object.keys(capabilityTable).filter((each) => !unused.includes(each))) {
    const spoken = conformanceClauses.some(({ needs }) =>
      needs.some(({ otherwise }) => otherwise.includes(name)),
    );
    expect(spoken, name).toBe(true);
  }
});
