import { describe, expect, test } from "vitest";
import { isSandboxError, type SandboxError } from "../../src/errors/index.ts";
import { parseSpec } from "../../src/sandbox/parse/index.ts";

function refusal(spec: unknown): SandboxError {
  try {
    parseSpec(spec);
  } catch (error) {
    if (isSandboxError(error)) return error;
    throw error;
  }
  return expect.unreachable(`accepted ${JSON.stringify(spec)}`);
}

const name = "box";

describe("parseSpec", () => {
  test("A2A-4 takes every field, and gives a frozen copy", () => {
    const spec = {
      name: "a-1_b.c",
      image: "registry.example:5000/team/tool:1.0@sha256:0123456789abcdef0123456789abcdef",
      memoryMib: 64,
      cpus: 0.5,
      pids: 8,
      diskMib: 1,
      openFiles: 16,
      env: { PATH: "/bin", _x: "" },
      labels: { "team/é\n": "a=b;$(c)" },
      egress: ["example.org"],
      minimumIsolation: "container",
      profile: "root",
      ttlMs: 1,
      detached: true,
    };
    const parsed = parseSpec(spec);
    expect(parsed).toEqual(spec);
    expect(parsed).not.toBe(spec);
    for (const part of [parsed, parsed.env, parsed.labels, parsed.egress])
      expect(Object.isFrozen(part)).toBe(true);
    spec.env.PATH = "changed";
    expect(parsed.env?.PATH).toBe("/bin");
  });

  test("A2A-4 needs a name and nothing else", () => {
    expect(parseSpec({ name })).toEqual({ name });
    expect(refusal({})).toMatchObject({ code: "invalid_argument", data: { field: "name" } });
  });

  test("treats undefined as absent", () => {
    expect(Object.keys(parseSpec({ name, image: undefined, env: undefined }))).toEqual(["name"]);
  });

  test("A2A-4 refuses unknown keys and names the known ones", () => {
    const error = refusal({ name, memory: 1 });
    expect(error).toMatchObject({ code: "invalid_argument", data: { field: "memory" } });
    expect(error.message).toContain('no field "memory"');
    expect(error.message).toContain("memoryMib");
  });

  test("refuses keys that play with prototypes", () => {
    expect(refusal(JSON.parse('{"name":"box","__proto__":{"image":"x"}}')).code).toBe("invalid_argument");
    for (const field of ["env", "labels"]) {
      const hostile = JSON.parse(`{"name":"box","${field}":{"__proto__":"x"}}`);
      expect(refusal(hostile)).toMatchObject({ data: { field: `${field}.__proto__` } });
    }
    expect(parseSpec({ name, labels: { constructor: "x", toString: "y" } }).labels).toEqual({
      constructor: "x",
      toString: "y",
    });
  });

  test.each([undefined, null, 7, "box", [], () => {}])("refuses %j as a spec", (spec) => {
    expect(refusal(spec)).toMatchObject({ code: "invalid_argument", data: { field: "SandboxSpec" } });
  });

  const nul = "a\0b";
  test.each<[string, unknown]>([
    ["name", ""],
    ["name", "A"],
    ["name", "-a"],
    ["name", ".a"],
    ["name", "a/b"],
    ["name", "a\n"],
    ["name", "a".repeat(64)],
    ["name", 7],
    ["image", ""],
    ["image", "--privileged"],
    ["image", "https://example.org/a"],
    ["image", "a b"],
    ["image", "a\\b"],
    ["image", "../a"],
    ["image", "a/../b"],
    ["image", "a?b"],
    ["image", "a#b"],
    ["image", "Upper"],
    ["image", "a:"],
    ["image", "a@sha256:12"],
    ["image", `a:${"t".repeat(129)}`],
    ["image", "a\n"],
    ["image", "a".repeat(513)],
    ["memoryMib", 15],
    ["memoryMib", 1_048_577],
    ["memoryMib", 512.5],
    ["memoryMib", "512"],
    ["memoryMib", Number.NaN],
    ["memoryMib", Number.POSITIVE_INFINITY],
    ["cpus", 0],
    ["cpus", 0.009],
    ["cpus", 1025],
    ["cpus", Number.NaN],
    ["cpus", "1"],
    ["pids", 7],
    ["pids", 1_048_577],
    ["diskMib", 0],
    ["openFiles", 15],
    ["openFiles", true],
    ["env", []],
    ["env", "A=b"],
    ["env.", { "": "x" }],
    ["env.1A", { "1A": "x" }],
    ["env.A=B", { "A=B": "x" }],
    ["env.A-B", { "A-B": "x" }],
    ["env.A", { A: 1 }],
    ["env.A", { A: nul }],
    ["env.A", { A: "x".repeat(131_072) }],
    ["env", Object.fromEntries(Array.from({ length: 1025 }, (_, index) => [`A${index}`, ""]))],
    ["labels.", { "": "x" }],
    ["labels.a", { a: nul }],
    ["labels.a", { a: "\ud800" }],
    ["labels.a", { a: "x".repeat(4097) }],
    ["labels.a", { a: null }],
    ["labels", Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`a${index}`, ""]))],
    ["egress", "example.org"],
    ["egress.0", [""]],
    ["egress.1", ["ok.example", "a b"]],
    ["egress.0", [7]],
    ["minimumIsolation", "strong"],
    ["minimumIsolation", "toString"],
    ["profile", "admin"],
    ["ttlMs", 0],
    ["ttlMs", -1],
    ["ttlMs", 1.5],
    ["ttlMs", Number.POSITIVE_INFINITY],
    ["detached", "yes"],
    ["detached", 1],
  ])("refuses %s as in %j", (field, value) => {
    const error = refusal({ name, [field.split(".")[0] as string]: value });
    expect(error).toMatchObject({ code: "invalid_argument", data: { field } });
    expect(error.message).toContain(field);
    expect(error.message.length).toBeLessThan(500);
    expect(error.message).not.toContain("\0");
  });

  test.each([
    "python",
    "python:3.11-slim",
    "alpine/git",
    "ghcr.io/a/b__c/d-e.f:v1",
    "localhost/x",
    "localhost:5000/x/y:tag",
    "[::1]:5000/x",
    `x@sha256:${"a".repeat(64)}`,
    `sha256:${"a".repeat(64)}`,
  ])("A2A-23 takes the image %s", (image) => {
    expect(parseSpec({ name, image }).image).toBe(image);
  });

  test.each(["a", "0", "a".repeat(63), "a.b-c_d"])("takes the name %s", (good) => {
    expect(parseSpec({ name: good }).name).toBe(good);
  });

  test("says what is allowed and what it got", () => {
    expect(refusal({ name, memoryMib: 3.5 }).message).toBe(
      "memoryMib must be a whole number from 16 to 1048576 (not 3.5).",
    );
    expect(refusal({ name: "Bad Name" }).message).toContain('(not "Bad Name")');
  });

  test("never shows the value of an environment variable", () => {
    for (const env of [
      { TOKEN: "hunter2\0" },
      { TOKEN: { secret: "hunter2" } },
      { "BAD-NAME": "hunter2" },
      ["hunter2"],
    ]) {
      const error = refusal({ name, env });
      expect(JSON.stringify(error) + error.message + String(error.stack) + String(error.cause)).not.toContain(
        "hunter2",
      );
    }
  });

  test("shortens what it shows", () => {
    expect(refusal({ name: "x".repeat(10_000) }).message.length).toBeLessThan(300);
    expect(refusal({ name, ["k".repeat(10_000)]: 1 }).message.length).toBeLessThan(500);
    expect(refusal({ name, env: { ["k".repeat(10_000)]: "", "=": "" } }).message.length).toBeLessThan(300);
  });
});
