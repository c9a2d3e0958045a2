import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { conformanceClauses } from "../../src/testing/conformance-clauses.ts";
import { projectFolder } from "../support/run-program.ts";
import { allCases } from "./cases/index.ts";
import { allChecks } from "./checks/index.ts";
import { readObservations } from "./support/observations.ts";

/** What tests an attack: a clause, a check of the lab, or a test by its title. */
interface Reference {
  readonly clause?: string;
  readonly check?: string;
  readonly file?: string;
  readonly test?: string;
}

interface Row {
  readonly id: number;
  readonly title: string;
  readonly tests?: readonly Reference[];
  readonly notYet?: string;
  readonly notApplicable?: string;
}

const catalogueSize = 108;
const rows = JSON.parse(readFileSync(join(import.meta.dirname, "attacks.json"), "utf8")) as readonly Row[];

describe("the catalogue of attacks", () => {
  test("has a row for each attack, in order", () => {
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: catalogueSize }, (_, index) => index + 1));
  });

  test("names for each attack what tests it, or why nothing does", () => {
    const attacked = new Set(allCases.map(({ attack }) => attack));
    const bare = rows.filter(
      ({ id, tests = [], notYet, notApplicable }) =>
        !attacked.has(id) && tests.length === 0 && notYet === undefined && notApplicable === undefined,
    );
    expect(bare).toEqual([]);
  });

  test("names tests, clauses and checks that exist", () => {
    const missing = rows.flatMap(({ id, tests = [] }) =>
      tests.filter((reference) => !exists(reference)).map((reference) => ({ id, ...reference })),
    );
    expect(missing).toEqual([]);
  });

  test("knows every case, by a name of its own", () => {
    const names = [...allCases, ...allChecks].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(allCases.filter(({ attack }) => !rows.some(({ id }) => id === attack))).toEqual([]);
  });

  test("shows what was seen of every case on each of its runtimes, and of no other", () => {
    const expected = allCases.flatMap(({ name, runtimes }) =>
      runtimes.map((runtime) => `${name} on ${runtime}`),
    );
    const shown = readObservations().map(({ name, runtime }) => `${name} on ${runtime}`);
    expect(shown.sort()).toEqual(expected.sort());
  });
});

function exists({ clause, check, file, test: title }: Reference): boolean {
  if (clause !== undefined) return conformanceClauses.some(({ id }) => id === clause);
  if (check !== undefined) return allChecks.some(({ name }) => name === check);
  const path = join(projectFolder, file ?? "");
  return title !== undefined && existsSync(path) && readFileSync(path, "utf8").includes(title);
}
