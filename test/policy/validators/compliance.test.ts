import { describe, expect, test } from "vitest";
import type { SandboxFacts } from "../../../src/policy/index.ts";
import { checkRuleSets, cisDockerRuleSet, dockerFacts, policyValidator } from "../../../src/policy/index.ts";
import { policyOf, specOf } from "../support/policies.ts";

const failing = (facts: SandboxFacts) =>
  checkRuleSets(facts, [cisDockerRuleSet])
    .results.filter(({ outcome }) => outcome === "fail")
    .map(({ id }) => id);

describe("cisDockerRuleSet", () => {
  test("has every item of the section once, in order", () => {
    expect(cisDockerRuleSet.rules.map(({ id }) => id)).toEqual(
      Array.from({ length: 32 }, (_, index) => `5.${index + 1}`),
    );
  });

  test("nothing of a restricted sandbox fails; of a root one what root is", () => {
    expect(failing(dockerFacts(specOf()))).toEqual([]);
    expect(failing(dockerFacts(specOf({ profile: "root" })))).toEqual(["5.4", "5.13", "5.24"]);
  });

  const ok = {
    ...dockerFacts(specOf()),
    appArmor: true,
    selinux: true,
    healthCheck: true,
    imageByDigest: true,
  };
  const { memoryMib: _m, cpus: _c, pids: _p, openFiles: _o, ...unbounded } = ok;
  test.each<[SandboxFacts, readonly string[]]>([
    [ok, []],
    [{ ...ok, privileged: true }, ["5.5"]],
    [{ ...ok, capabilities: ["NET_RAW"] }, ["5.4"]],
    [{ ...ok, appArmor: false, selinux: false }, ["5.2", "5.3"]],
    [{ ...ok, hostMounts: ["/etc/ssl", "/usrlocal"] }, ["5.6"]],
    [{ ...ok, hostMounts: ["/var/run/docker.sock"] }, ["5.32"]],
    [{ ...ok, hostMounts: ["/"] }, ["5.6", "5.32"]],
    [{ ...ok, publishedPorts: [22] }, ["5.7", "5.8"]],
    [{ ...ok, network: "host" }, ["5.10"]],
    [{ ...ok, network: "bridge" }, ["5.30"]],
    [unbounded, ["5.11", "5.12", "5.19", "5.29"]],
    [{ ...ok, readOnlyRoot: false }, ["5.13"]],
    [{ ...ok, restartPolicy: "always" }, ["5.15"]],
    [{ ...ok, hostNamespaces: ["pid", "ipc", "uts", "user"] }, ["5.16", "5.17", "5.21", "5.31"]],
    [{ ...ok, devices: ["/dev/kvm"] }, ["5.18"]],
    [{ ...ok, sharedPropagation: true }, ["5.20"]],
    [{ ...ok, seccomp: "unconfined" }, ["5.22"]],
    [{ ...ok, privilegedExec: true }, ["5.23"]],
    [{ ...ok, runsAsRoot: true }, ["5.24"]],
    [{ ...ok, customCgroup: true }, ["5.25"]],
    [{ ...ok, noNewPrivileges: false }, ["5.26"]],
  ])("case %#: %j fails", (facts, expected) => {
    expect(failing(facts)).toEqual(expected);
  });

  test("what is not passed says what to do", () => {
    const { results, passed, failed, notApplicable } = checkRuleSets(dockerFacts(specOf()), [
      cisDockerRuleSet,
    ]);
    expect(passed + failed + notApplicable).toBe(32);
    expect(results.filter(({ outcome, remedy }) => (outcome === "pass") === (remedy !== undefined))).toEqual(
      [],
    );
  });

  test("validators report it", async () => {
    const report = await policyValidator(policyOf({})).checkCompliance(specOf({ profile: "root" }), [
      cisDockerRuleSet,
    ]);
    expect(report).toMatchObject({ isCompliant: false, failed: 3 });
  });
});
