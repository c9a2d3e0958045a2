import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dockerCapabilities } from "../../runtimes/docker/index.ts";
import { allChecks } from "../../src/cli/doctor/all-checks.ts";
import { selfTestCaps } from "../../src/cli/doctor/self-test-caps.ts";
import { describeWith } from "../support/components.ts";
import { startUnhardenedSandbox } from "./support/unhardened-sandbox.ts";

test("every check has a name of its own, in kebab-case, and says what is claimed", () => {
  const names = allChecks.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, title } of allChecks) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(title).not.toBe("");
  }
});

/** Attacks that need a network to succeed. */
const needsNetwork = new Set(["network-interfaces", "network-connect"]);

/** What holds in the unhardened container too. */
const holdsAnyway = new Set(["files-round-trip"]);

describeWith("docker", "with every protection off", (host) => {
  let sandbox: Awaited<ReturnType<typeof startUnhardenedSandbox>>;
  beforeAll(async () => {
    sandbox = await startUnhardenedSandbox(host);
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  const attacks = allChecks.filter(({ name }) => !holdsAnyway.has(name));
  test.each(attacks.map((check) => [check.name, check] as const))(
    "the attack of %s succeeds",
    async (name, check) => {
      const finding = await check.attempt({
        sandbox: sandbox.handle,
        egressSandbox: sandbox.handle,
        capabilities: dockerCapabilities,
        caps: selfTestCaps(dockerCapabilities),
        signal: new AbortController().signal,
      });
      const isIsolated = needsNetwork.has(name) && !hasNetwork();
      expect(finding).toEqual({ enforced: isIsolated, evidence: expect.any(String) });
    },
  );
});

/** Whether this machine has any network but its loopback: where it has none, nothing can leave a container either. */
function hasNetwork(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ internal }) => !internal));
}
