import assert from "node:assert/strict";
import type { CapabilityName, CappedResource } from "../../runtime/index.ts";
import type { SandboxSpec } from "../../sandbox/index.ts";
import { type Clause, type ClauseSource, clauseGroup } from "../clause.ts";
import type { ClauseContext } from "../clause-context.ts";
import { expectRefusal, expectStdout } from "../expectations.ts";
import {
  cappedResources,
  has,
  lacks,
  lacksAllowlist,
  lacksHostImages,
  lacksSomeCap,
  lacksStrongestIsolation,
  type Requirement,
} from "../requirement.ts";

/** What a runtime cannot do or enforce is refused, never weakened. */
export const refusalClauses: readonly Clause[] = clauseGroup("refusals", [
  refusedSpec("isolation", "a minimumIsolation stronger than the runtime's", lacksStrongestIsolation, () => ({
    minimumIsolation: "microvm",
  })),
  refusedSpec("egress", "a non-empty egress list", lacksAllowlist, () => ({ egress: ["example.com"] })),
  refusedSpec("images", "an image", lacks("images"), () => ({ image: "alpine:3.20" })),
  refusedSpec("hostImages", "an image that is a folder of the host", lacksHostImages, () => ({
    image: "folder:/srv",
  })),
  refusedSpec("outlivesOwner", "a detached sandbox", lacks("outlivesOwner"), () => ({ detached: true })),
  {
    name: "caps",
    behaviour: "a spec that names a cap which is not enforced is refused as unsupported",
    needs: [lacksSomeCap],
    async run(context) {
      for (const resource of cappedResources) {
        if (!context.capabilities.caps.includes(resource))
          await expectRefusedSpec(context, "caps", capSpecs[resource]);
      }
    },
  },
  {
    name: "enforced-caps-are-accepted",
    behaviour:
      "a spec that names only caps which are enforced is accepted, and so is one that asks for the runtime's own isolation",
    async run({ sandbox, capabilities }) {
      const fields = Object.assign(
        {},
        ...capabilities.caps.map((resource) => capSpecs[resource]),
      ) as Partial<SandboxSpec>;
      const handle = await sandbox({ ...fields, minimumIsolation: capabilities.isolation, egress: [] });
      await expectStdout(handle.shell("echo runs"), "runs\n");
    },
  },
  {
    name: "logs",
    behaviour: "without logs, logs() and followLogs() are refused as unsupported",
    needs: [lacks("logs")],
    async run({ shared }) {
      const handle = await shared();
      const error = await expectRefusal(() => handle.logs(), "unsupported");
      assert.equal(error.data.capability, "logs");
      await expectRefusal(() => handle.followLogs()[Symbol.asyncIterator]().next(), "unsupported");
    },
  },
  {
    name: "stats",
    behaviour: "without stats, stats() is refused as unsupported",
    needs: [lacks("stats")],
    async run({ shared }) {
      const error = await expectRefusal((await shared()).stats(), "unsupported");
      assert.equal(error.data.capability, "stats");
    },
  },
  {
    name: "signals",
    behaviour:
      "without signals, kill() with any other signal than SIGKILL and SIGTERM is refused as unsupported",
    needs: [lacks("signals")],
    async run({ sandbox }) {
      const process = await (await sandbox()).spawn("sleep", ["600"]);
      const error = await expectRefusal(process.kill("SIGUSR1"), "unsupported");
      assert.equal(error.data.capability, "signals");
      await process.kill();
    },
  },
  {
    name: "take-over",
    behaviour: "without take-over, get() and list() know only what this client made",
    needs: [lacks("takeOver")],
    async run({ ownClient, sandbox }) {
      const handle = await sandbox();
      const { client } = ownClient();
      await expectRefusal(client.get(handle.name), "not_found");
      assert.deepEqual(await client.list(), []);
    },
  },
  {
    name: "detached-has-an-expiry",
    behaviour: "a detached sandbox always has an expiry, an hour from now unless another is asked for",
    needs: [has("outlivesOwner")],
    async run({ sandbox }) {
      const before = Date.now();
      const handle = await sandbox({ detached: true });
      const expiry = (await handle.info()).expiresAt?.getTime() ?? 0;
      assert.ok(
        expiry >= before + 3_599_000 && expiry <= Date.now() + 3_601_000,
        new Date(expiry).toISOString(),
      );
    },
  },
]);

const capSpecs: Record<CappedResource, Partial<SandboxSpec>> = {
  memory: { memoryMib: 128 },
  cpus: { cpus: 0.5 },
  pids: { pids: 64 },
  disk: { diskMib: 16 },
  openFiles: { openFiles: 128 },
};

function refusedSpec(
  capability: CapabilityName,
  what: string,
  need: Requirement,
  fields: () => Partial<SandboxSpec>,
): ClauseSource {
  return {
    name: capability,
    behaviour: `${what} is refused as unsupported where the runtime cannot give it, and nothing is made`,
    needs: [need],
    run: (context) => expectRefusedSpec(context, capability, fields()),
  };
}

async function expectRefusedSpec(
  { client, spec }: ClauseContext,
  capability: CapabilityName,
  fields: Partial<SandboxSpec>,
): Promise<void> {
  const wanted = spec(fields);
  const error = await expectRefusal(client.create(wanted), "unsupported");
  assert.equal(error.data.capability, capability);
  await expectRefusal(client.get(wanted.name), "not_found");
}
