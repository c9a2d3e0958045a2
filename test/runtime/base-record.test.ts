import { expect, test } from "vitest";
import { expiryOf, isBaseRecord, newBaseRecord, sandboxRecordOf } from "../../src/runtime/index.ts";
import { testSpec } from "../support/run-command.ts";

const owner = { host: "h", boot: "b", pidNamespace: "n", pid: 1, startTime: "1" };
const expiresAt = new Date("2030-01-02T03:04:05.678Z");
const now = { runtime: "docker", isolation: "container", status: "running" } as const;

test("a record survives its way through JSON, and says what the spec said", () => {
  const spec = testSpec({ expiresAt, labels: { "it's": "ü\n" }, owner });
  const record: unknown = JSON.parse(JSON.stringify(newBaseRecord(spec)));
  if (!isBaseRecord(record)) throw new Error("it is no record any more");
  const { name, image, labels } = spec;
  const createdAt = new Date(record.createdAt);
  expect(sandboxRecordOf(record, {}, now)).toEqual({
    ...now,
    name,
    image,
    labels,
    createdAt,
    expiresAt,
    owner,
  });
  expect(newBaseRecord(spec).id).not.toBe(record.id);
});

test("an expiry that was moved holds, and without any there is none", () => {
  const record = newBaseRecord(testSpec({ expiresAt }));
  const moved = new Date("2031-01-01");
  expect(expiryOf(record, {})).toEqual(expiresAt);
  expect(expiryOf(record, { expiresAt: moved })).toEqual(moved);
  expect(expiryOf(newBaseRecord(testSpec()), {})).toBeUndefined();
  expect(sandboxRecordOf(newBaseRecord(testSpec()), {}, now)).not.toHaveProperty("expiresAt");
});

test.each([
  ["nothing", null],
  ["a list", []],
  ["an id that would lead out of a folder", { id: "../../etc/passwd" }],
  ["a longer id", { id: "0".repeat(17) }],
  ["no name", { name: undefined }],
  ["a time that is none", { createdAt: "soon" }],
  ["labels that are none", { labels: "a=b" }],
])("%s is no record", (_what, damage) => {
  const record = newBaseRecord(testSpec());
  expect(isBaseRecord(record)).toBe(true);
  const isList = damage === null || Array.isArray(damage);
  expect(isBaseRecord(isList ? damage : { ...record, ...damage })).toBe(false);
});
