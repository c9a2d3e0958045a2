import { describe, expect, test } from "vitest";
import { PolicyViolation } from "../../../src/errors/index.ts";
import { policyData, policyText } from "../../../src/policy/document/show-policy.ts";
import { policyOf } from "../support/policies.ts";

const base = {
  name: "web",
  images: { allow: ["ghcr.io/acme/**", "python:3.11-slim"], default: "python:3.11-slim" },
  egress: { allow: ["pypi.org", "*.pythonhosted.org", "api.test"], limits: { connections: 64 } },
  secrets: {
    API: { from: { env: "API_KEY" }, hosts: ["api.test"] },
    DB: { from: { file: "/run/db" }, inject: "env" },
  },
  limits: { memoryMib: 1024, cpus: 2 },
  env: { allow: ["APP_*", "LANG"] },
  users: ["*"],
  profiles: [
    {
      name: "trial",
      match: { tenant: "trial-*" },
      limits: { memoryMib: 256, pids: 64 },
      egress: { allow: ["pypi.org", "files.pythonhosted.org"], limits: { connections: 8 } },
      users: ["nobody"],
    },
    {
      name: "free",
      match: { labels: { plan: ["free", "none"] } },
      limits: { memoryMib: 512, cpus: 1 },
      images: { allow: ["ghcr.io/acme/tools/*"] },
      secrets: ["DB"],
      env: { deny: ["LANG"] },
    },
    { name: "agent", match: { agent: "a", session: "s*", user: "u" }, detached: false, privileges: [] },
  ],
};

describe("resolvePolicy", () => {
  test("denies everything that the document does not speak of", () => {
    expect(policyOf({})).toEqual({
      name: "policy",
      mode: "enforce",
      onExcess: "refuse",
      images: { allow: [], requireDigest: false },
      privileges: ["restricted"],
      detached: false,
      snapshots: { take: [], use: [] },
      egress: { allow: [], network: {}, limits: {} },
      secrets: {},
      limits: {},
      env: { allow: [], deny: [] },
      users: [],
      commands: { deny: [] },
      ports: [],
      audit: { required: false, arguments: "shape" },
      origins: {},
    });
  });

  test("without an identity no profile applies", () => {
    const policy = policyOf(base);
    expect(policy).toMatchObject({ name: "web", limits: { memoryMib: 1024, cpus: 2 } });
    expect(Object.isFrozen(policy.secrets.API?.hosts)).toBe(true);
  });

  test("a profile that matches narrows, with the place of each value", () => {
    const policy = policyOf(base, { tenant: "trial-7" });
    expect(policy).toMatchObject({
      name: "web + trial",
      limits: { memoryMib: 256, cpus: 2, pids: 64 },
      egress: { allow: ["pypi.org", "files.pythonhosted.org"], limits: { connections: 8 } },
      users: ["nobody"],
    });
    expect(policy.origins).toMatchObject({
      "limits.memoryMib": "profiles[trial].limits.memoryMib",
      "limits.cpus": "limits.cpus",
      "egress.allow[0]": "profiles[trial].egress.allow[0]",
      "egress.limits.connections": "profiles[trial].egress.limits.connections",
      "images.allow[1]": "images.allow[1]",
    });
  });

  test("takes a secret away with its last host", () => {
    expect(Object.keys(policyOf(base).secrets)).toEqual(["API", "DB"]);
    expect(Object.keys(policyOf(base, { tenant: "trial-7" }).secrets)).toEqual(["DB"]);
  });

  test("several profiles narrow together", () => {
    const policy = policyOf(base, { tenant: "trial-7", labels: { plan: "free" } });
    expect(policy).toMatchObject({
      name: "web + trial + free",
      limits: { memoryMib: 256, cpus: 1, pids: 64 },
      images: { allow: ["ghcr.io/acme/tools/*"] },
      env: { allow: ["APP_*", "LANG"], deny: ["LANG"] },
    });
    // The default is not among the images that are left, and a pattern is no image.
    expect(policy.images).not.toHaveProperty("default");
  });

  test("every field of a match must hold, and what the identity does not say matches nothing", () => {
    expect(policyOf(base, { agent: "a", session: "s1", user: "u" }).name).toBe("web + agent");
    expect(policyOf(base, { agent: "a", session: "s1" }).name).toBe("web");
    expect(policyOf(base, { agent: "a", session: "t1", user: "u" }).name).toBe("web");
    expect(policyOf(base, { labels: { plan: "paid" } }).name).toBe("web");
    expect(policyOf({ profiles: [{ name: "all", match: { tenant: "*" } }] }, {}).name).toBe("policy");
  });

  test("refuses whom no profile matches where one is required", () => {
    const document = { ...base, requireProfile: true };
    expect(policyOf(document, { tenant: "trial-1" }).name).toBe("web + trial");
    expect(() => policyOf(document, { tenant: "other" })).toThrow(PolicyViolation);
    expect(() => policyOf(document)).toThrow("No profile of the policy matches");
  });

  test("refuses profiles that leave no folder to write to", () => {
    const document = {
      profiles: [
        { name: "a", match: { tenant: "*" }, writePaths: ["/workspace/a"] },
        { name: "b", match: { agent: "*" }, writePaths: ["/workspace/b"] },
      ],
    };
    expect(policyOf(document, { tenant: "t" }).writePaths).toEqual(["/workspace/a"]);
    expect(() => policyOf(document, { tenant: "t", agent: "a" })).toThrow("no folder to write to");
  });

  test("the default image is the stated one, else the first exact one that is allowed", () => {
    const digest = `a@sha256:${"0".repeat(64)}`;
    expect(policyOf({ images: { allow: ["x/*", "a:1", "b:1"] } }).images.default).toBe("a:1");
    expect(policyOf({ images: { allow: ["x/*", "a:1", "b:1"], default: "x/y" } }).images.default).toBe("x/y");
    const profiles = [{ name: "p", match: { tenant: "*" }, images: { requireDigest: true } }];
    expect(policyOf({ images: { allow: ["a:1", digest] }, profiles }, { tenant: "t" }).images.default).toBe(
      digest,
    );
  });
});

describe("policyData and policyText", () => {
  test("tell of secrets only where they are, and whether there is a hook", () => {
    const value = () => "canary";
    const policy = policyOf({
      secrets: {
        A: { from: { value }, inject: "env" },
        B: { from: { env: "CANARY_VARIABLE" }, inject: "env" },
      },
      commands: { hook: () => undefined },
    });
    expect(policyData(policy)).toMatchObject({
      secrets: { A: { from: "value", inject: "env" }, B: { from: "env" } },
      commands: { deny: [], hook: true },
    });
    expect(policyText(policy)).toMatch(/^secrets:\n {2}A:\n {4}from: value$/m);
    expect(policyText(policy) + JSON.stringify(policyData(policy))).not.toMatch(/canary/i);
  });
});
