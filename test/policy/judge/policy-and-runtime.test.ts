import { describe, expect, test } from "vitest";
import { checkEnforceable, explain, policyDefaults } from "../../../src/policy/index.ts";
import { defaultCaps, defineCapabilities, type RuntimeCapabilities } from "../../../src/runtime/index.ts";
import { resolveSpec } from "../../../src/sandbox/resolve-spec.ts";
import { permissive, policyOf, specOf } from "../support/policies.ts";

function lacking(document: object, capabilities: Partial<RuntimeCapabilities> = {}): string[] {
  const runtime = {
    name: "test",
    capabilities: defineCapabilities({ isolation: "container", ...capabilities }),
  };
  return checkEnforceable(policyOf(document), runtime).map(({ field }) => field);
}

describe("checkEnforceable", () => {
  test("has nothing against the empty policy, nor images where there are none", () => {
    expect(lacking({})).toEqual([]);
    expect(lacking(permissive)).toEqual([]);
  });

  test("tells everything that the runtime lacks", () => {
    const document = {
      minimumIsolation: "microvm",
      images: { allow: ["a"], default: "a" },
      limits: { memoryMib: 64, cpus: 1, pids: 8, diskMib: 1, openFiles: 16, execMs: 5 },
      egress: { allow: ["a.test"] },
      secrets: { K: { from: { env: "K" }, hosts: ["a.test"] }, E: { from: { env: "E" }, inject: "env" } },
      users: ["nobody"],
      writePaths: ["/tmp"],
      ports: [8080],
    };
    expect(lacking(document)).toEqual([
      "minimumIsolation",
      "limits.memoryMib",
      "limits.cpus",
      "limits.pids",
      "limits.diskMib",
      "limits.openFiles",
      "images.default",
      "egress.allow",
      "secrets.K.inject",
      "users",
      "writePaths",
      "ports",
    ]);
    const able: Partial<RuntimeCapabilities> = {
      isolation: "microvm",
      caps: ["memory", "cpus", "pids", "disk", "openFiles"],
      images: true,
      egress: ["none", "gateway"],
      users: true,
      writePaths: true,
    };
    expect(lacking(document, able)).toEqual(["ports"]);
  });

  test("an allowlist alone cannot put a secret in, and no runtime may leave the network open", () => {
    const document = {
      egress: { allow: ["a.test"] },
      secrets: { K: { from: { env: "K" }, hosts: ["a.test"] } },
    };
    expect(lacking(document, { egress: ["none", "allowlist"] })).toEqual(["secrets.K.inject"]);
    expect(lacking({}, { egress: [] })).toEqual(["egress.allow"]);
  });
});

describe("policyDefaults", () => {
  test("are never above the limits, and nothing where the general defaults fit", () => {
    expect(policyDefaults(policyOf({}))).toEqual({});
    expect(policyDefaults(policyOf({ limits: { memoryMib: 4096 } }))).toEqual({});
    const policy = policyOf({ ...permissive, limits: { memoryMib: 128, cpus: 0.5, lifetimeMs: 9_000 } });
    expect(policyDefaults(policy)).toEqual({
      image: "python:3.11-slim",
      caps: { memoryMib: 128, cpus: 0.5 },
      ttlMs: 9_000,
    });
  });

  test("narrow those of the runtime", () => {
    const policy = policyOf({ limits: { memoryMib: 128, pids: 1_000 } });
    const runtime = { image: "own", caps: { memoryMib: 1_024, pids: 512 }, ttlMs: 5 };
    expect(policyDefaults(policy, runtime)).toEqual({
      image: "own",
      caps: { memoryMib: 128, pids: 512 },
      ttlMs: 5,
    });
  });

  test("know the general defaults", () => {
    const { owner } = specOf();
    if (owner === undefined) throw new Error("the request has no owner");
    expect(resolveSpec({ name: "box" }, { owner, now: new Date() }).caps).toEqual(defaultCaps);
  });
});

describe("explain", () => {
  test("says what each rule says, in the order of the fields", () => {
    const policy = policyOf({ ...permissive, limits: { memoryMib: 256 }, egress: { allow: ["pypi.org"] } });
    const request = {
      memoryMib: 512,
      egress: ["pypi.org", "evil.test"],
      user: "root",
      command: "ls",
      env: ["A"],
    };
    expect(explain(policy, request).map(({ field, outcome, rule }) => [field, outcome, rule])).toEqual([
      ["image", "defaulted", "images.allow[0]"],
      ["memoryMib", "denied", "limits.memoryMib"],
      ["egress.0", "allowed", "egress.allow[0]"],
      ["egress.1", "denied", "default"],
      ["env.A", "denied", "default"],
      ["user", "denied", "default"],
      ["cmd", "allowed", "default"],
    ]);
  });
});
