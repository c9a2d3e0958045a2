import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isSandboxError } from "../../../src/errors/index.ts";
import {
  loadPolicyFile,
  openPolicyFile,
  type PolicyProblem,
  parsePolicy,
} from "../../../src/policy/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

async function load(text: string | Uint8Array, name = "web.yaml") {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, text);
  return await loadPolicyFile(path);
}

/** `line:column path message` of every problem. */
async function problemsOf(text: string | Uint8Array): Promise<string[]> {
  const error: unknown = await load(text).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isSandboxError(error, "invalid_argument")) throw new Error("it was taken", { cause: error });
  const problems = (error.data.problems ?? []) as PolicyProblem[];
  if (problems.length === 0) return [error.message];
  return problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
}

describe("loadPolicyFile", () => {
  test("takes YAML and JSON, and names the policy after the file", async () => {
    expect(await load("limits:\n  cpus: 2\n")).toEqual({ name: "web", limits: { cpus: 2 } });
    expect(await load('{"name": "x", "limits": {"cpus": 2}}', "p.json")).toEqual({
      name: "x",
      limits: { cpus: 2 },
    });
    expect(await load("{}\n")).toEqual({ name: "web" });
  });

  test("a policy that was loaded can be parsed, whatever its file is called", async () => {
    const policy = await load("{}", "my policy (1).yaml");
    expect(parsePolicy(policy)).toEqual({ name: "my policy -1-" });
    expect(await load("{}", "..yaml")).toEqual({ name: "policy" });
  });

  test("what its paths begin at is its own folder, from wherever it is used", async () => {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, "p.yaml"),
      "audit: {file: log/audit.jsonl}\nsecrets: {A: {from: {file: ./a.txt}, inject: env}, B: {from: {file: /b}, inject: env}}\n",
    );
    const { audit, secrets } = await loadPolicyFile(join(folder, "p.yaml"));
    expect(audit?.file).toBe(join(folder, "log/audit.jsonl"));
    expect([secrets?.A?.from, secrets?.B?.from]).toEqual([{ file: join(folder, "a.txt") }, { file: "/b" }]);
  });

  test("knows where its parts stand", async () => {
    const path = join(await temporaryFolder(), "p.yaml");
    const lines = [
      "limits:",
      "  cpus: 2",
      "secrets:",
      "  my.key: {from: {env: K}, inject: env, env: K}",
      "profiles:",
      "  - name: trial-1",
      "    match: {tenant: t}",
      "    limits:",
      "      cpus: 1",
      "egress:",
      "  allow: [a.test, b.test]",
    ];
    await writeFile(path, lines.join("\n"));
    const { placeOf } = await openPolicyFile(path);
    const place = (text: string) => Object.values(placeOf(text)).join(":");
    expect(place("limits.cpus")).toBe("2:3");
    expect(place("secrets.my.key.inject")).toBe("4:28");
    expect(place("profiles[trial-1].limits.cpus")).toBe("9:7");
    expect(place("egress.allow[1]")).toBe("11:19");
    expect(place("users")).toBe("1:1");
    expect(place("egress.allow[7].__proto__")).toBe("11:10");
  });

  test("takes an anchor that is used a few times", async () => {
    const policy = await load(
      "images: &i\n  allow: [a]\nprofiles:\n  - name: p\n    match: {tenant: t}\n    images: *i\n",
    );
    expect(policy.profiles?.[0]?.images).toEqual({ allow: ["a"] });
  });

  test("tells the line and column of every problem, in their order", async () => {
    const text = [
      "name: web",
      "limits:",
      "  memoryMib: 4",
      "  cpuss: 2",
      "egres:",
      "  allow: []",
      "images:",
      "  allow:",
      "    - 'a b'",
      "secrets:",
      "  1bad: {from: {env: A}}",
      "ports:",
    ].join("\n");
    expect(await problemsOf(text)).toEqual([
      "3:14 limits.memoryMib must be a whole number from 16 to 1048576 (not 4)",
      "4:3 limits.cpuss is not known; did you mean cpus?",
      "5:1 egres is not known; did you mean egress?",
      expect.stringMatching(/^9:7 images\.allow\[0\] must be an image reference/),
      expect.stringMatching(/^11:3 secrets\.1bad is a name that is not allowed/),
      expect.stringMatching(/^12:1 ports must be a list of port numbers \(it is empty\)/),
    ]);
  });

  test("tells the line of a contradiction and of a profile that widens", async () => {
    const text = [
      "egress:",
      "  allow: [pypi.org]",
      "limits: {memoryMib: 512}",
      "profiles:",
      "  - name: big",
      "    match: {tenant: big}",
      "    limits:",
      "      memoryMib: 1024",
      "    egress:",
      "      allow:",
      "        - pypi.org",
      "        - evil.test",
    ].join("\n");
    expect(await problemsOf(text)).toEqual([
      expect.stringMatching(/^8:18 profiles\[0\]\.limits\.memoryMib 1024 is more than the 512/),
      expect.stringMatching(/^12:11 profiles\[0\]\.egress\.allow\[1\] "evil\.test" is not covered/),
    ]);
  });

  test.each([
    ["a key that stands twice", "limits: {cpus: 1}\nlimits: {cpus: 2}\n", /^2:1 .*unique/],
    ["a broken document", "images: [a\nmode: enforce", /well-formed/],
    ["two documents", "mode: enforce\n---\nmode: shadow\n", /well-formed/],
    ["a tag", "images: !!js/function 'x'\n", /well-formed/],
    ["an empty file", "", /empty/],
    ["a comment alone", "# nothing\n", /empty/],
    ["__proto__", "limits:\n  __proto__: {cpus: 1}\n", /^2:3 .*never allowed/],
    ["__proto__ in JSON", '{"__proto__": {}}', /^1:2 .*never allowed/],
    [
      "a value of a secret",
      "secrets:\n  A:\n    inject: env\n    from: {value: s3cret}\n",
      /^4:12 .*holds no secret/,
    ],
    ["a hook", "commands: {hook: 'rm'}\n", /^1:12 commands\.hook is a function/],
    ["a merge key", "images: &i {allow: [a]}\nenv:\n  <<: *i\n", /<</],
    ["a number for a key", "1: x\n", /well-formed|not known/],
  ])("refuses %s", async (_, text, expected) => {
    expect((await problemsOf(text)).join("\n")).toMatch(expected);
  });

  test("refuses aliases that multiply, in little time", async () => {
    const levels = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(10)}]`);
    const started = performance.now();
    expect((await problemsOf(`a0: &a0 x\n${levels.join("\n")}\n`)).join()).toMatch(/anchor/);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test("refuses nesting without end, in little time", async () => {
    await expect(problemsOf("[".repeat(20_000))).resolves.not.toEqual([]);
    await expect(problemsOf(`images: ${"[".repeat(500)}${"]".repeat(500)}`)).resolves.not.toEqual([]);
  });

  test("refuses more than 1 MiB, what is not UTF-8, and what is no file", async () => {
    expect(await problemsOf(`# ${"x".repeat(1_048_576)}\n{}`)).toEqual([
      expect.stringMatching("larger than 1 MiB"),
    ]);
    expect(await problemsOf(new Uint8Array([0x6e, 0xff, 0xfe]))).toEqual([expect.stringMatching("UTF-8")]);
    const folder = join(await temporaryFolder(), "d");
    await mkdir(folder);
    await expect(loadPolicyFile(folder)).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(loadPolicyFile(join(folder, "no.yaml"))).rejects.toMatchObject({ code: "file_not_found" });
  });

  test("shows no value of a secret", async () => {
    const error: unknown = await load("secrets:\n  A: {inject: env, from: sk-canary}\n").catch(
      (reason: unknown) => reason,
    );
    expect(isSandboxError(error, "invalid_argument")).toBe(true);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain("sk-canary");
  });
});
