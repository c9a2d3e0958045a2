import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { probeMicrosandbox } from "../../../runtimes/microsandbox/probe.ts";
import { hostFacts, readVerdict, writeVerdict } from "../../../runtimes/microsandbox/probe-verdict.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** Whatever this machine is: an answer in time, that a person can do something with. */
test("a probe answers within ten seconds, in one line each, and leaves nothing but its verdict", async () => {
  const home = join(await temporaryFolder(), "home");
  const start = performance.now();
  const result = await probeMicrosandbox({ home });
  expect(performance.now() - start).toBeLessThan(10_000);
  if (result.available)
    expect(result).toMatchObject({ version: expect.stringMatching(/^\d/), details: { home } });
  else {
    expect(result.reason).toMatch(/^\S.*\.$|npm install/);
    expect(result.remedy).toMatch(/^\S.+$/);
  }
  const left = await readdir(home, { recursive: true }).catch(() => []);
  expect(left.filter((name) => name !== "ctx-sandbox" && name !== join("ctx-sandbox", "probe.json"))).toEqual(
    [],
  );
});

test("a cancelled probe throws, and nothing else does", async () => {
  const home = await temporaryFolder();
  const signal = AbortSignal.abort();
  await expect(probeMicrosandbox({ home, signal })).rejects.toMatchObject({ code: "cancelled" });
  const tooLong = join(home, "x".repeat(200));
  expect(await probeMicrosandbox({ home: tooLong })).toMatchObject({ available: false });
  expect(await probeMicrosandbox({ home: "/proc/nowhere" })).toMatchObject({ available: false });
});

test("a verdict holds while its facts do, and for as long as its kind", async () => {
  const home = await temporaryFolder();
  const facts = await hostFacts("/opt/msb", "0.6.18");
  expect(await hostFacts("/opt/msb", "0.6.18")).toBe(facts);
  expect(await hostFacts("/opt/msb", "0.6.19")).not.toBe(facts);
  expect(await readVerdict(home, facts)).toBeUndefined();
  for (const evidence of ["booted", "booting", "silent", { failure: "it says so" }] as const) {
    await writeVerdict(home, facts, evidence);
    expect(await readVerdict(home, facts)).toEqual(evidence);
    expect(await readVerdict(home, `${facts} and more`)).toBeUndefined();
  }
  expect(await readdir(join(home, "ctx-sandbox"))).toEqual(["probe.json"]);
});
