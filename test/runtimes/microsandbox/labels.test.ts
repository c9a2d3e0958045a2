import { describe, expect, test } from "vitest";
import {
  recordIdOf,
  toSandboxRecord,
  vendorLabels,
  vendorName,
} from "../../../runtimes/microsandbox/labels.ts";
import { storedRecord } from "./support/stored-record.ts";

test("a microVM's labels lead to the record, and to no other", () => {
  const record = storedRecord();
  const labels = vendorLabels("platform", record);
  expect(labels).toEqual({ "ctx-sandbox.namespace": "platform", "ctx-sandbox.id": record.id });
  expect(recordIdOf(JSON.stringify({ labels }))).toBe(record.id);
  expect(vendorName("platform", "a.b")).toBe("platform.a.b");
});

test.each([
  "",
  "null",
  "{}",
  '{"labels":null}',
  '{"labels":{"ctx-sandbox.id":1}}',
  '{"labels":{"ctx-sandbox.id":"../../elsewhere"}}',
])("the configuration %s is none of ours", (configJson) => {
  expect(recordIdOf(configJson)).toBeUndefined();
});

test("a record holds what the spec says, and what is not asked for is absent", () => {
  const owner = { host: "h", boot: "b", pidNamespace: "p", pid: 1, startTime: "2" };
  const expiresAt = new Date("2030-01-02T03:04:05.678Z");
  const record = storedRecord({ owner, expiresAt, writePaths: ["/data"], snapshot: "base" });
  expect(record).toMatchObject({
    name: "box",
    owner,
    expiresAt: "2030-01-02T03:04:05.678Z",
    writePaths: ["/data"],
    snapshot: "base",
  });
  expect(Object.keys(storedRecord()).sort()).toEqual(
    ["caps", "createdAt", "env", "id", "image", "labels", "name", "profile"].sort(),
  );
  expect(storedRecord().id).not.toBe(storedRecord().id);
});

describe("the state of a sandbox", () => {
  test.each([
    ["starting", false, "running"],
    ["running", false, "running"],
    ["running", true, "running"],
    ["draining", true, "running"],
    ["stopped", true, "stopped"],
    ["crashed", true, "stopped"],
    ["stopped", false, "lost"],
    ["crashed", false, "lost"],
    ["something new", false, "lost"],
  ])("%s, marked as stopped: %s, is %s", (vendorStatus, isStopped, status) => {
    expect(toSandboxRecord(storedRecord(), vendorStatus, { isStopped }).status).toBe(status);
  });

  test("a moved expiry counts, and nothing else changes", () => {
    const record = storedRecord({ expiresAt: new Date("2030-01-01") });
    expect(toSandboxRecord(record, "running", { isStopped: false })).toEqual({
      name: "box",
      runtime: "microsandbox",
      isolation: "microvm",
      status: "running",
      image: "python:3.11-slim",
      labels: record.labels,
      createdAt: new Date(record.createdAt),
      expiresAt: new Date("2030-01-01"),
    });
    const moved = { isStopped: false, expiresAt: new Date("2029-01-01") };
    expect(toSandboxRecord(record, "running", moved).expiresAt).toEqual(new Date("2029-01-01"));
  });
});
