import { describe, expect, test } from "vitest";
import { defineCapabilities, type RuntimeCapabilities } from "../../src/runtime/index.ts";
import { checkSpec } from "../../src/sandbox/check-capabilities.ts";
import type { SandboxSpec } from "../../src/sandbox/index.ts";
import { resolveSpec } from "../../src/sandbox/resolve-spec.ts";
import { currentOwner } from "../../src/util/owner.ts";

const owner = currentOwner();
const now = new Date("2030-01-01T00:00:00Z");

describe("resolveSpec", () => {
  test("A2A-5 fills in the documented defaults, and freezes", () => {
    const resolved = resolveSpec({ name: "box" }, { owner, now });
    expect(resolved).toEqual({
      name: "box",
      image: "python:3.11-slim",
      caps: { memoryMib: 512, cpus: 1, pids: 256, diskMib: 256, openFiles: 1024 },
      env: {},
      labels: {},
      profile: "restricted",
      owner,
    });
    for (const part of [resolved, resolved.caps, resolved.env, resolved.labels])
      expect(Object.isFrozen(part)).toBe(true);
  });

  test("A2A-9 keeps what was asked for", () => {
    const labels = { team: "x" };
    const spec: SandboxSpec = {
      name: "box",
      image: "a",
      memoryMib: 64,
      cpus: 0.5,
      pids: 9,
      diskMib: 2,
      openFiles: 33,
      env: { A: "b" },
      labels,
      profile: "root",
    };
    expect(resolveSpec(spec, { owner, now })).toMatchObject({
      image: "a",
      caps: { memoryMib: 64, cpus: 0.5, pids: 9, diskMib: 2, openFiles: 33 },
      env: { A: "b" },
      labels,
      profile: "root",
    });
  });

  test.each<[Partial<SandboxSpec>, number | undefined, boolean]>([
    [{}, undefined, true],
    [{ ttlMs: 5000 }, 5000, true],
    [{ detached: false, ttlMs: 1 }, 1, true],
    [{ detached: true }, 3_600_000, false],
    [{ detached: true, ttlMs: 5000 }, 5000, false],
  ])("of %j expires after %s ms and has an owner: %s", (fields, ttlMs, hasOwner) => {
    const resolved = resolveSpec({ name: "box", ...fields }, { owner, now });
    expect(resolved.expiresAt?.getTime()).toBe(ttlMs === undefined ? undefined : now.getTime() + ttlMs);
    expect(resolved.owner).toEqual(hasOwner ? owner : undefined);
    expect("owner" in resolved).toBe(hasOwner);
  });

  test("takes the client's own default image", () => {
    expect(resolveSpec({ name: "box" }, { owner, now, image: "mine" }).image).toBe("mine");
    expect(resolveSpec({ name: "box", image: "theirs" }, { owner, now, image: "mine" }).image).toBe("theirs");
  });
});

describe("checkSpec", () => {
  const weak = defineCapabilities({ isolation: "interpreter" });
  const strong = defineCapabilities({
    isolation: "container",
    egress: ["none", "allowlist"],
    caps: ["memory", "cpus", "pids", "disk", "openFiles"],
    images: true,
    outlivesOwner: true,
  });
  const check = (capabilities: RuntimeCapabilities, fields: Partial<SandboxSpec>) =>
    checkSpec({ name: "fake", capabilities }, { name: "box", ...fields });

  test.each<[keyof RuntimeCapabilities, Partial<SandboxSpec>]>([
    ["isolation", { minimumIsolation: "namespace" }],
    ["isolation", { minimumIsolation: "microvm" }],
    ["images", { image: "alpine" }],
    ["images", { profile: "root" }],
    ["caps", { memoryMib: 512 }],
    ["caps", { cpus: 1 }],
    ["caps", { pids: 256 }],
    ["caps", { diskMib: 256 }],
    ["caps", { openFiles: 1024 }],
    ["egress", { egress: ["example.org"] }],
    ["outlivesOwner", { detached: true }],
  ])("refuses for want of %s what %j asks for", (capability, fields) => {
    expect(() => check(weak, fields)).toThrow(
      expect.objectContaining({ code: "unsupported", data: { runtime: "fake", capability } }),
    );
  });

  test("A2A-8 lets a list of hosts pass where it is enforced, but not for a sandbox without its gateway's process", () => {
    expect(() => check(strong, { egress: ["example.org"] })).not.toThrow();
    expect(() => check(strong, { egress: ["example.org"], detached: true })).toThrow(
      expect.objectContaining({ code: "unsupported", data: { runtime: "fake", capability: "egress" } }),
    );
  });

  test("refuses secrets where nobody grants any", () => {
    expect(() => check(strong, { secrets: ["api"] })).toThrow(
      expect.objectContaining({ code: "unsupported", data: { runtime: "fake", field: "secrets" } }),
    );
    const granting = { name: "fake", capabilities: strong, secretNames: [] };
    expect(() => checkSpec(granting, { name: "box", secrets: ["api"] })).not.toThrow();
  });

  test.each<Partial<SandboxSpec>>([
    {},
    { image: "python:3.11-slim" },
    { egress: [] },
    { minimumIsolation: "interpreter" },
    { profile: "restricted" },
    { detached: false },
    { ttlMs: 1, env: { A: "b" }, labels: { a: "b" } },
  ])("lets the weakest runtime have %j", (fields) => {
    expect(() => check(weak, fields)).not.toThrow();
  });

  test("lets a strong runtime have everything", () => {
    const fields = {
      image: "alpine",
      profile: "root",
      memoryMib: 64,
      cpus: 2,
      pids: 8,
      diskMib: 1,
      openFiles: 16,
      detached: true,
      minimumIsolation: "container",
    } as const;
    expect(() => check(strong, fields)).not.toThrow();
    expect(() => check(strong, { minimumIsolation: "kernel" })).toThrow(/isolation/);
  });

  test("names of each cap that is missing only that one", () => {
    const some = defineCapabilities({ isolation: "interpreter", caps: ["memory"] });
    expect(() => check(some, { memoryMib: 64 })).not.toThrow();
    expect(() => check(some, { memoryMib: 64, cpus: 1 })).toThrow(/cpus: 1/);
  });
});
