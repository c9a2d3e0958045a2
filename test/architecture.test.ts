import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  checkIndexFile,
  countLines,
  findEnvironmentReads,
  findModuleTimers,
} from "./support/architecture/check-files.ts";
import { checkImports, findCircle, type Sources } from "./support/architecture/check-imports.ts";
import { readImports } from "./support/architecture/read-imports.ts";
import { readRules } from "./support/architecture/rules.ts";
import { projectFolder } from "./support/run-program.ts";

/** Longest file, and the length that half of the files stay below, in lines. */
const longestFile = 250;
const medianFile = 100;

const rules = readRules(readFileSync(join(projectFolder, "ARCHITECTURE.md"), "utf8"));

function readSources(...patterns: string[]): Sources {
  const files = globSync(patterns, { cwd: projectFolder }).map((file) => file.replaceAll("\\", "/"));
  return new Map(files.sort().map((file) => [file, readFileSync(join(projectFolder, file), "utf8")]));
}

describe("the sources", () => {
  const shipped = readSources("src/**/*.ts", "runtimes/**/*.ts");
  const checked = new Map([...shipped, ...readSources("examples/**/*.ts", "test/conformance/**/*.ts")]);

  test("import only what ARCHITECTURE.md allows", () => {
    expect(shipped.size).toBeGreaterThan(0);
    expect(checkImports(checked, rules)).toEqual([]);
  });

  test("do not load one another in a circle", () => {
    expect(findCircle(shipped)).toBeUndefined();
  });

  test("have index files that only re-export by name", () => {
    const indexes = [...shipped].filter(([file]) => file.endsWith("/index.ts"));
    expect(indexes.length).toBeGreaterThan(0);
    expect(
      indexes.flatMap(([file, source]) => checkIndexFile(source).map((problem) => `${file} ${problem}`)),
    ).toEqual([]);
  });

  test("are short", () => {
    const exceptions = rules.freedoms.get("more than 250 lines") ?? [];
    const lengths = [...shipped].map(([file, source]) => ({ file, lines: countLines(source) }));
    const long = lengths.filter(({ file, lines }) => lines > longestFile && !exceptions.includes(file));
    expect(long).toEqual([]);
    const sorted = lengths.map(({ lines }) => lines).sort((one, other) => one - other);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(medianFile);
  });

  test("read the environment only where ARCHITECTURE.md allows", () => {
    expect(findEnvironmentReads(shipped, rules.freedoms.get("process.env") ?? [])).toEqual([]);
  });

  test("start no timer when they are imported", () => {
    expect(
      [...shipped].filter(([, source]) => findModuleTimers(source).length > 0).map(([file]) => file),
    ).toEqual([]);
  });
});

test("the packages of ARCHITECTURE.md are those of package.json", () => {
  const manifest = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
    readonly dependencies: object;
    readonly optionalDependencies: object;
    readonly peerDependencies: object;
  };
  const shippedPackages = [...rules.packages].filter(([, { always, lazily }]) =>
    [...always, ...lazily].some((folder) => /^(src|runtimes)\//.test(folder)),
  );
  const depended = {
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  };
  expect(shippedPackages.map(([name]) => name).sort()).toEqual(Object.keys(depended).sort());
});

describe("the reader of imports", () => {
  const examples: [source: string, expected: ReturnType<typeof readImports>][] = [
    ['import "./a.ts";', [{ from: "./a.ts", kind: "static" }]],
    ['import a, { type B } from "./a.ts";', [{ from: "./a.ts", kind: "static" }]],
    ['import * as a from "a";', [{ from: "a", kind: "static" }]],
    ['import type { A } from "./a.ts";', [{ from: "./a.ts", kind: "type" }]],
    ['export { a, type B } from "./a.ts";', [{ from: "./a.ts", kind: "static" }]],
    ['export * from "./a.ts";', [{ from: "./a.ts", kind: "static" }]],
    ['export type { A } from "./a.ts";', [{ from: "./a.ts", kind: "type" }]],
    ['const load = async () => await import("a");', [{ from: "a", kind: "lazy" }]],
    ['type A = typeof import("./a.ts");', [{ from: "./a.ts", kind: "type" }]],
    ['new Worker(new URL("./a.ts", import.meta.url));', [{ from: "./a.ts", kind: "lazy" }]],
    ['new URL("../../", import.meta.url);', []],
    ["const a = `$" + '{await import("a")}`;', [{ from: "a", kind: "lazy" }]],
    ['// import "a";\n/* import "b"; */ const c = 1;', []],
    ['const script = `import "a"; $' + '{1}`; const s = "import \\"b\\"";', []],
    ['const quote = /["/]/; export const from = "a";', []],
    ["const a = b / c; import('d');", [{ from: "d", kind: "lazy" }]],
    ['export const a = { from: "b" };', []],
    ["export function from() {}\nconst b = import.meta.url;", []],
  ];

  test.each(examples)("reads %j", (source, expected) => {
    expect(readImports(source)).toEqual(expected);
  });
});

describe("the checks", () => {
  const small = readRules(`
<!-- layers -->

| folder | imports | lazily |
|---|---|---|
| \`src/low\` | | |
| \`src/high\` | \`src/low\` | \`src/root.ts\` |
| \`src/root.ts\` | \`src/high\` | |

<!-- packages -->

| package | folders | lazily |
|---|---|---|
| \`plain\` | \`src/high\` | |
| \`@heavy/one\` | | \`src/high\` |

<!-- freedoms -->

| what | only in |
|---|---|
| \`process.env\` | \`src/high\` |
`);
  const check = (file: string, source: string) => checkImports(new Map([[file, source]]), small);

  test.each([
    ["src/high/a.ts", 'import "../low/b.ts";'],
    ["src/high/a.ts", 'import "./deep/b.ts";'],
    ["src/high/a.ts", 'await import("../root.ts");'],
    ["src/high/a.ts", 'import "plain/part";'],
    ["src/high/a.ts", 'import type { A } from "@heavy/one/part";'],
    ["src/low/a.ts", 'import "node:fs";'],
  ])("let %s have %j", (file, source) => {
    expect(check(file, source)).toEqual([]);
  });

  test.each([
    ["src/low/a.ts", 'import "../high/b.ts";', "src/low may not import src/high"],
    ["src/low/a.ts", 'import type { B } from "../high/b.ts";', "src/low may not import src/high"],
    ["src/low/a.ts", 'await import("../high/b.ts");', "src/low may not import src/high"],
    ["src/high/a.ts", 'import "../root.ts";', "src/high may not import src/root.ts, except lazily"],
    ["src/low/a.ts", 'import "plain";', "src/low may not import the package plain"],
    [
      "src/high/index.ts",
      'import "@heavy/one";',
      "src/high may not import the package @heavy/one, except lazily",
    ],
    ["src/high/a.ts", 'import "unknown";', "unknown is not in the table of packages"],
    [
      "src/high/a.ts",
      'import "../../scripts/b.mjs";',
      "scripts/b.mjs belongs to no folder of the table of layers",
    ],
  ])("refuse %s %j", (file, source, problem) => {
    expect(check(file, source)).toEqual([expect.stringContaining(`: ${problem}`)]);
  });

  test("let a lazy package stand at the top of a file, until an index file loads that", () => {
    const worker = new Map([
      ["src/high/index.ts", 'export { b } from "./b.ts";'],
      ["src/high/b.ts", 'new Worker(new URL("./worker.ts", import.meta.url));'],
      ["src/high/worker.ts", 'import "@heavy/one";'],
    ]);
    expect(checkImports(worker, small)).toEqual([]);
    worker.set("src/high/b.ts", 'import "./worker.ts";');
    expect(checkImports(worker, small)).toEqual([
      expect.stringMatching(/^src\/high\/worker.ts .*, except lazily$/),
    ]);
  });

  test("refuse a folder without a row", () => {
    expect(check("src/new/a.ts", "")).toEqual(["src/new/a.ts belongs to no folder of the table of layers"]);
  });

  test("refuse rules without rows", () => {
    expect(() => readRules("<!-- freedoms -->\n\n| a |\n|---|\n")).toThrow("has no row");
    expect(() => readRules("")).toThrow("no table");
  });

  test("find a circle, and none through types", () => {
    const circle = new Map([
      ["a.ts", 'import "./b.ts";'],
      ["b.ts", 'export { c } from "./c/c.ts";'],
      ["c/c.ts", 'import "../b.ts";'],
    ]);
    expect(findCircle(circle)).toEqual(["b.ts", "c/c.ts", "b.ts"]);
    expect(findCircle(circle.set("c/c.ts", 'import type { B } from "../b.ts";'))).toBeUndefined();
  });

  test.each([
    ['export { a, type B } from "./a.ts";\nexport type { C } from "./c.ts";', 0],
    ['export * from "./a.ts";', 1],
    ["export const a = 1;", 1],
    ['import "./a.ts";', 1],
    ['export { a } from "./a.ts";\nconsole.log(1);', 1],
  ])("judge the index file %j", (source, problems) => {
    expect(checkIndexFile(source)).toHaveLength(problems);
  });

  test("find reads of the environment", () => {
    const sources = new Map([
      ["src/low/a.ts", 'const home = process.env["HOME"];'],
      ["src/low/b.ts", "// process.env"],
      ["src/high/a.ts", "process.env.HOME;"],
    ]);
    expect(findEnvironmentReads(sources, small.freedoms.get("process.env") ?? [])).toEqual(["src/low/a.ts"]);
  });

  test("find timers that start at import", () => {
    expect(findModuleTimers("const timer = setInterval(() => {}, 5);")).toEqual(["setInterval"]);
    expect(findModuleTimers("setTimeout(tick, 5);")).toEqual(["setTimeout"]);
    expect(findModuleTimers("export function a() { setTimeout(b, 5); }")).toEqual([]);
    expect(findModuleTimers("const a = () => setTimeout(b, 5);")).toEqual([]);
  });
});
