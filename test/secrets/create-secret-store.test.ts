import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SandboxError } from "../../src/errors/index.ts";
import { createSecretStore } from "../../src/secrets/index.ts";
import { readSource } from "../../src/secrets/read-source.ts";
import { Unreadable } from "../../src/secrets/unreadable.ts";

const canary = "canary-7d1f0c";
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "secrets-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string | Uint8Array): Promise<{ file: string }> {
  await writeFile(join(folder, name), content);
  return { file: join(folder, name) };
}

/** The error of a reading, checked to be one that shows no value. */
async function failure(reading: Promise<unknown>): Promise<SandboxError> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SandboxError)) throw new Error(`not refused: ${inspect(error)}`);
  expect(error.code).toBe("secret_unavailable");
  const seen = `${inspect(error, { depth: null, showHidden: true })}${JSON.stringify(error)}${error.stack}`;
  expect(seen).not.toContain(canary);
  return error;
}

describe("the environment", () => {
  test("is read when the secret is, not before", async () => {
    const env: NodeJS.ProcessEnv = {};
    const store = createSecretStore({ KEY: { env: "MY_KEY" } }, { env });
    expect(store.has("KEY")).toBe(true);
    env["MY_KEY"] = canary;
    expect(await store.read("KEY")).toBe(canary);
  });

  test.each([undefined, ""])("with the value %j has none", async (value) => {
    const store = createSecretStore({ KEY: { env: "MY_KEY" } }, { env: { MY_KEY: value } });
    const error = await failure(store.read("KEY"));
    expect(error.message).toBe(
      'Secret "KEY" could not be read from the environment variable MY_KEY: it is empty or not there.',
    );
    expect(error.data).toEqual({ secret: "KEY", source: "env" });
  });
});

describe("a file", () => {
  test.each([
    [`${canary}`, canary],
    [`${canary}\n`, canary],
    [`${canary}\r\n`, canary],
    [`${canary}\n\n`, `${canary}\n`],
    [`\n ${canary} \n`, `\n ${canary} `],
  ])("with %j holds %j", async (content, value) => {
    expect(await createSecretStore({ A: await file("value", content) }).read("A")).toBe(value);
  });

  test("behind a link is read, as orchestrators mount them", async () => {
    await file("target", canary);
    await symlink("target", join(folder, "link"));
    expect(await createSecretStore({ A: { file: join(folder, "link") } }).read("A")).toBe(canary);
  });

  test("of 64 KiB is taken, a larger one is not", async () => {
    const most = canary.padEnd(65_536, "x");
    expect(await createSecretStore({ A: await file("most", `${most}\n`) }).read("A")).toBe(most);
    const error = await failure(createSecretStore({ A: await file("more", `${most}x`) }).read("A"));
    expect(error.message).toContain("larger than 64 KiB");
  });

  test("that has no text is refused", async () => {
    const latin1 = await file("latin1", Buffer.from(`${canary}\xe9`, "latin1"));
    expect((await failure(createSecretStore({ A: latin1 }).read("A"))).message).toContain("not UTF-8");
    const nul = await file("nul", `${canary}\0`);
    expect((await failure(createSecretStore({ A: nul }).read("A"))).message).toContain("NUL");
  });

  test("that is missing, a folder or a pipe is refused at once", async () => {
    const missing = await failure(createSecretStore({ A: { file: join(folder, "missing") } }).read("A"));
    expect(missing.message).toContain(`the file ${join(folder, "missing")}: ENOENT`);
    expect(missing.cause).toMatchObject({ code: "ENOENT" });
    expect((await failure(createSecretStore({ A: { file: folder } }).read("A"))).message).toContain(
      "no regular file",
    );
    execFileSync("mkfifo", [join(folder, "pipe")]);
    expect(
      (await failure(createSecretStore({ A: { file: join(folder, "pipe") } }).read("A"))).message,
    ).toContain("no regular file");
  });
});

describe("a function", () => {
  test("may answer at once or later", async () => {
    const store = createSecretStore({ A: { value: () => canary }, B: { value: async () => canary } });
    expect(await Promise.all([store.read("A"), store.read("B")])).toEqual([canary, canary]);
  });

  test.each([
    ["throws", () => JSON.parse(canary)],
    ["rejects", () => Promise.reject(new Error(`cannot parse ${canary}`, { cause: canary }))],
    ["rejects with the value", () => Promise.reject(canary)],
    ["answers with an object", () => ({ canary }) as unknown as string],
    ["answers with nothing", () => ""],
  ])("that %s gives an error that shows nothing of it", async (_what, value) => {
    const error = await failure(createSecretStore({ A: { value } }).read("A"));
    expect(error.message).toContain('Secret "A" could not be read from its function');
    expect(error.cause).toBeUndefined();
  });

  test("that never answers is given up", async () => {
    const never = { value: () => new Promise<string>(() => {}) };
    const error = await readSource(never, { env: {}, patienceMs: 20 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Unreadable);
    expect(error).toMatchObject({ message: "there was no answer within 0.02 s" });
  });
});

describe("what was read", () => {
  const counting = () => {
    let count = 0;
    return { value: async () => `${canary}-${++count}` };
  };

  test("is one reading for all who ask meanwhile, and kept", async () => {
    const store = createSecretStore({ A: counting() });
    expect(new Set(await Promise.all([store.read("A"), store.read("A"), store.read("A")])).size).toBe(1);
    expect(await store.read("A")).toBe(`${canary}-1`);
  });

  test("is forgotten on demand, one or all", async () => {
    const store = createSecretStore({ A: counting(), B: counting() });
    await Promise.all([store.read("A"), store.read("B")]);
    store.forget("A");
    expect([await store.read("A"), await store.read("B")]).toEqual([`${canary}-2`, `${canary}-1`]);
    store.forget();
    expect([await store.read("A"), await store.read("B")]).toEqual([`${canary}-3`, `${canary}-2`]);
    store.forget("never heard of");
  });

  test("is forgotten also while it is on its way", async () => {
    const answers: ((value: string) => void)[] = [];
    const store = createSecretStore({
      A: { value: () => new Promise<string>((resolve) => answers.push(resolve)) },
    });
    const old = store.read("A");
    store.forget("A");
    const fresh = store.read("A");
    await turn();
    answers[1]?.("new-value");
    answers[0]?.("old-value");
    expect([await old, await fresh]).toEqual(["old-value", "new-value"]);
    expect(await store.read("A")).toBe("new-value");
  });

  test("is kept for the time that is said, and failures never", async () => {
    const uncached = createSecretStore({ A: counting() }, { cacheMs: 0 });
    expect([await uncached.read("A"), await uncached.read("A")]).toEqual([`${canary}-1`, `${canary}-2`]);
    const brief = createSecretStore({ A: counting() }, { cacheMs: 1 });
    await brief.read("A");
    await expect.poll(() => brief.read("A"), { timeout: 10_000 }).not.toBe(`${canary}-1`);
    const env: NodeJS.ProcessEnv = {};
    const failing = createSecretStore({ A: { env: "A" } }, { env });
    await failure(failing.read("A"));
    env["A"] = canary;
    expect(await failing.read("A")).toBe(canary);
  });

  test("is not to be seen in the store", async () => {
    const store = createSecretStore(
      { A: { env: "A" }, B: await file("seen", canary), C: { value: () => canary } },
      { env: { A: canary } },
    );
    await Promise.all(["A", "B", "C"].map((name) => store.read(name)));
    expect(inspect(store, { depth: null, showHidden: true, getters: true })).not.toContain(canary);
    expect(JSON.stringify(store)).toBe("{}");
  });
});

describe("refused from the start", () => {
  test.each(["", "1A", "../x", "a b", "naïve", "a\n", "A".repeat(129), "constructor", "prototype", "_A"])(
    "the name %j",
    (name) => {
      expect(() => createSecretStore({ [name]: { env: "A" } })).toThrow(
        expect.objectContaining({ code: "invalid_argument" }),
      );
    },
  );

  test("the name __proto__, as a field of its own", () => {
    const sources = JSON.parse('{"__proto__": {"env": "A"}}') as Record<string, { env: string }>;
    expect(() => createSecretStore(sources)).toThrow(/cannot name a secret/);
  });

  test.each([
    {},
    { env: "" },
    { env: "A=B" },
    { env: "A", file: "b" },
    { env: canary, value: canary },
    { aws: {} },
    { aws: { secretId: "a", endpoint: "file:///etc" } },
    { aws: { secretId: "a", key: "b" } },
    "text",
  ])("the source %j, without showing it", (source) => {
    const create = () => createSecretStore({ A: source as unknown as { env: string } });
    expect(create).toThrow(/The source of secret "A"/);
    expect(create).not.toThrow(new RegExp(canary));
  });

  test.each([-1, 1.5, Number.NaN, 1e12])("a cacheMs of %d", (cacheMs) => {
    expect(() => createSecretStore({}, { cacheMs })).toThrow(/cacheMs/);
  });

  test("a name that nobody gave", async () => {
    const store = createSecretStore({ A: { env: "A" } });
    for (const name of ["B", "__proto__", "constructor", `${"x".repeat(10_000)}`]) {
      expect(store.has(name)).toBe(false);
      const error = await failure(store.read(name));
      expect(error.message.length).toBeLessThan(300);
    }
  });
});
