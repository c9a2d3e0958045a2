import { describe, expect, test } from "vitest";
import { isSandboxError } from "../../../src/errors/index.ts";
import { type PolicyProblem, parsePolicy } from "../../../src/policy/index.ts";

const digest = `sha256:${"a".repeat(64)}`;

/** What is wrong with a document. */
function problemsOf(document: unknown): readonly PolicyProblem[] {
  try {
    parsePolicy(document);
  } catch (error) {
    if (isSandboxError(error, "invalid_argument")) return error.data.problems as PolicyProblem[];
    throw error;
  }
  return [];
}

describe("parsePolicy", () => {
  test("takes the empty document, names and freezes it", () => {
    const policy = parsePolicy({}, { name: "web" });
    expect(policy).toEqual({ name: "web" });
    expect(Object.isFrozen(parsePolicy({ limits: { cpus: 1 } }).limits)).toBe(true);
  });

  test("gives the same when parsed again, functions included", () => {
    const hook = () => undefined;
    const value = () => "v";
    const once = parsePolicy({
      commands: { hook },
      secrets: { TOKEN: { from: { value }, inject: "env" } },
      limits: { memoryMib: 64 },
    });
    expect(parsePolicy(once)).toEqual(once);
    expect(once.commands?.hook).toBe(hook);
  });

  test("does not keep the caller's object", () => {
    const given = { images: { allow: ["a"] } };
    const policy = parsePolicy(given);
    given.images.allow.push("**");
    expect(policy.images?.allow).toEqual(["a"]);
  });

  test("lists every problem with its path, the value and the remedy", () => {
    const problems = problemsOf({
      mode: "off",
      images: { alow: ["a"] },
      limits: { memoryMib: 8, cpus: "2" },
      privileges: ["admin"],
    });
    expect(problems).toEqual([
      { path: "mode", message: 'must be one of enforce, shadow (not "off")' },
      { path: "images.alow", message: "is not known; did you mean allow?" },
      { path: "privileges[0]", message: 'must be one of restricted, root (not "admin")' },
      { path: "limits.memoryMib", message: "must be a whole number from 16 to 1048576 (not 8)" },
      { path: "limits.cpus", message: 'must be a number from 0.01 to 1024 (not "2")' },
    ]);
  });

  test.each([null, undefined, 3, "policy", [], new Map(), new Date()])("refuses %s", (document) => {
    expect(problemsOf(document)).toHaveLength(1);
  });

  test.each(["__proto__", "constructor", "prototype"])("refuses the key %s wherever it stands", (key) => {
    const top = JSON.parse(`{"${key}": {}}`);
    const secret = JSON.parse(`{"secrets": {"${key}": {"from": {"env": "A"}, "inject": "env"}}}`);
    const label = JSON.parse(`{"profiles": [{"name": "p", "match": {"labels": {"${key}": "x"}}}]}`);
    for (const document of [top, secret, label]) {
      expect(problemsOf(document)).toEqual([
        expect.objectContaining({ message: expect.stringMatching("never allowed") }),
      ]);
    }
  });

  test("refuses nesting without end", () => {
    const circular: Record<string, unknown> = {};
    circular.images = circular;
    expect(problemsOf(circular)[0]?.message).toMatch("nested deeper");
  });

  test("never shows what stands where a source is expected", () => {
    const canary = "sk-canary-123456";
    const documents = [
      { secrets: { TOKEN: canary } },
      { secrets: { TOKEN: { from: canary } } },
      { secrets: { TOKEN: { from: { value: canary } } } },
      { secrets: { TOKEN: { from: { env: [canary] } } } },
    ];
    for (const document of documents) {
      const problems = problemsOf(document);
      expect(problems.length).toBeGreaterThan(0);
      expect(JSON.stringify(problems)).not.toContain(canary);
    }
  });
});

describe("contradictions", () => {
  const github = { from: { env: "GH" }, inject: "proxy", hosts: ["api.github.com"] };
  test.each([
    ["egress.allow[0]", "many owners", { egress: { allow: ["*.co.uk"] } }],
    ["egress.allow[1]", "URL", { egress: { allow: ["a.test", "https://b.test/x"] } }],
    ["egress.allow[0]", "range", { egress: { allow: ["10.0.0.0/8"] } }],
    ["secrets.GH.hosts[0]", "not covered", { secrets: { GH: github } }],
    [
      "secrets.GH.hosts[0]",
      "not covered",
      { egress: { allow: ["api.github.com:80"] }, secrets: { GH: github } },
    ],
    ["secrets.GH", "has none", { secrets: { GH: { from: { env: "A" }, inject: "proxy" } } }],
    ["secrets.GH", "has none", { secrets: { GH: { from: { env: "A" } } } }],
    ["secrets.GH.hosts", "means nothing", { secrets: { GH: { ...github, inject: "env" } } }],
    [
      "secrets.GH.hosts[0]",
      "allowWildcardHosts",
      { egress: { allow: ["*.github.com"] }, secrets: { GH: { ...github, hosts: ["*.github.com"] } } },
    ],
    [
      "secrets.DB.hosts[0]",
      "raw TCP",
      {
        egress: { allow: ["tcp://db.test:5432"] },
        secrets: { DB: { from: { env: "A" }, hosts: ["tcp://db.test:5432"] } },
      },
    ],
    [
      "secrets.B.env",
      "of the secret A already",
      {
        secrets: {
          A: { from: { env: "A" }, inject: "env", env: "TOKEN" },
          B: { from: { env: "B" }, inject: "env", env: "TOKEN" },
        },
      },
    ],
    ["secrets.my-token", "under env", { secrets: { "my-token": { from: { env: "A" }, inject: "env" } } }],
    ["secrets.A.env", "must be a name", { secrets: { A: { from: { env: "A" }, inject: "env", env: "1A" } } }],
    ["secrets.A.env", "steers", { secrets: { A: { from: { env: "A" }, inject: "env", env: "LD_PRELOAD" } } }],
    ["secrets.A.from", "exactly one", { secrets: { A: { from: { env: "A", file: "/b" }, inject: "env" } } }],
    ["secrets.A.from", "exactly one", { secrets: { A: { from: {}, inject: "env" } } }],
    ["images.default", "is not in images.allow", { images: { allow: ["a:1"], default: "b:1" } }],
    ["images.default", "no digest", { images: { allow: ["a@*"], requireDigest: true, default: "a@x" } }],
    ["images.allow[1]", "no digest", { images: { allow: [`a@${digest}`, "a:1"], requireDigest: true } }],
    ["writePaths[0]", "not absolute", { writePaths: ["out"] }],
    ["writePaths[0]", "not normalised", { writePaths: ["/workspace/../etc"] }],
    ["writePaths[0]", "not normalised", { writePaths: ["/workspace/out/"] }],
    ["writePaths[1]", "lies in", { writePaths: ["/workspace", "/workspace/out"] }],
    ["writePaths[0]", "lies in", { writePaths: ["/workspace/out", "/workspace"] }],
    ["writePaths[0]", "confines nothing", { writePaths: ["/"] }],
    ["writePaths[0]", "lies in /proc", { writePaths: ["/proc/self"] }],
    ["privileges[1]", "cannot be confined", { writePaths: ["/tmp"], privileges: ["restricted", "root"] }],
    ["limits.execMs", "more than lifetimeMs", { limits: { execMs: 10, lifetimeMs: 5 } }],
    ["limits.idleMs", "more than lifetimeMs", { limits: { idleMs: 10, lifetimeMs: 5 } }],
    ["limits.sandboxes", "more than totalSandboxes", { limits: { sandboxes: 3, totalSandboxes: 2 } }],
    [
      "egress.network.openNetworks[0]",
      "every address",
      { egress: { network: { openNetworks: ["0.0.0.0/0"] } } },
    ],
    [
      "egress.network.openNetworks[0]",
      "network's own",
      { egress: { network: { openNetworks: ["10.1.2.3/8"] } } },
    ],
    ["egress.network.nameServers[0]", "IP address", { egress: { network: { nameServers: ["dns.test"] } } }],
    ["egress.network.nameServers[0]", "IP address", { egress: { network: { nameServers: ["10.0.0.1:0"] } } }],
    [
      "egress.network.certificateAuthorities[0]",
      "not a certificate",
      {
        egress: {
          network: {
            certificateAuthorities: ["-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"],
          },
        },
      },
    ],
    ["ports[1]", "already", { ports: [80, 80] }],
    ["requireProfile", "no profiles", { requireProfile: true }],
  ])("%s %s", (path, message, document) => {
    expect(problemsOf(document)).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  test("of writePaths: one folder twice is told once", () => {
    expect(problemsOf({ writePaths: ["/tmp", "/tmp"] })).toHaveLength(1);
  });

  test("a secret is over TLS alone, so port 80 of its host need not be open", () => {
    expect(problemsOf({ egress: { allow: ["api.github.com:443"] }, secrets: { GH: github } })).toEqual([]);
  });
});

describe("profiles", () => {
  const base = {
    mode: "enforce",
    images: { allow: ["ghcr.io/acme/**", "python:3.11-slim"] },
    minimumIsolation: "container",
    egress: { allow: ["*.pypi.org", "api.test:443"], limits: { connections: 10 } },
    secrets: { A: { from: { env: "A" }, inject: "env" } },
    limits: { memoryMib: 512, cpus: 2 },
    env: { allow: ["APP_*"] },
    users: ["nobody"],
    writePaths: ["/workspace", "/tmp"],
  };
  const profile = { name: "trial", match: { tenant: "trial-*" } };

  test.each([
    ["images.allow[0]", { images: { allow: ["**"] } }],
    ["images.default", { images: { default: "node:22" } }],
    ["images.allow[0]", { images: { allow: ["ghcr.io/acme*"] } }],
    ["minimumIsolation", { minimumIsolation: "interpreter" }],
    ["privileges[0]", { privileges: ["root"] }],
    ["egress.allow[0]", { egress: { allow: ["*.org.test"] } }],
    ["egress.allow[0]", { egress: { allow: ["api.test"] } }],
    ["egress.limits.connections", { egress: { limits: { connections: 11 } } }],
    ["secrets[0]", { secrets: ["B"] }],
    ["limits.memoryMib", { limits: { memoryMib: 513 } }],
    ["env.allow[0]", { env: { allow: ["*"] } }],
    ["users[0]", { users: ["*"] }],
    ["users[0]", { users: ["root"] }],
    ["writePaths[0]", { writePaths: ["/var/tmp"] }],
    ["ports[0]", { ports: [80] }],
    ["mode", { mode: "shadow" }],
    ["onExcess", { onExcess: "clamp" }],
    ["detached", { detached: true }],
    ["audit.required", { audit: { required: false } }],
    ["images.requireDigest", { images: { requireDigest: false } }],
    ["egress.network", { egress: { network: { openNetworks: ["10.0.0.0/8"] } } }],
    ["requireProfile", { requireProfile: false }],
    ["match", { match: {} }],
  ])("that widen %s are refused", (path, changes) => {
    const problems = problemsOf({ ...base, profiles: [{ ...profile, ...changes }] });
    expect(problems.map((problem) => problem.path)).toEqual([`profiles[0].${path}`]);
  });

  test("that narrow are taken", () => {
    const narrow = {
      ...profile,
      images: { allow: ["ghcr.io/acme/tools/*"], requireDigest: true },
      minimumIsolation: "microvm",
      privileges: [],
      egress: { allow: ["files.pypi.org:443"], limits: { connections: 5, totalBytes: 100 } },
      secrets: [],
      limits: { memoryMib: 512, pids: 64 },
      env: { allow: ["APP_LANG", "APP_X*"], deny: ["APP_XY"] },
      users: [],
      writePaths: ["/workspace/out"],
    };
    expect(problemsOf({ ...base, profiles: [narrow] })).toEqual([]);
  });

  test("of one name are refused", () => {
    const problems = problemsOf({ profiles: [profile, { ...profile, match: { agent: "a" } }] });
    expect(problems).toEqual([
      { path: "profiles[1].name", message: expect.stringContaining("choose another") },
    ]);
  });
});
