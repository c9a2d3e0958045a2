import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, until } from "../expectations.ts";
import { descendantsOf, stillAlive } from "../host-processes.ts";
import { patient } from "../patience.ts";
import { has, lacks } from "../requirement.ts";

const common = { needs: [has("takeOver")], secondProcess: true };

/** What becomes of a sandbox whose process has died, and of one whose time is over. */
export const ownerClauses: readonly Clause[] = clauseGroup("owners", [
  {
    ...common,
    name: "dead-owner",
    behaviour: "a sandbox whose process was killed is removed by anybody's reap()",
    async run({ client, secondProcess, name }) {
      const second = await secondProcess();
      const orphan = await second.do("create", { name: name() });
      assert.ok((await client.list()).includes(orphan));
      await second.kill();
      // Another client's reap may be faster, so what counts is that it is gone afterwards.
      await client.reap();
      await expectRefusal(client.get(orphan), "not_found");
    },
  },
  {
    ...common,
    name: "live-owner",
    behaviour: "reap() leaves a sandbox alone whose process lives, in the same process and in another",
    async run({ client, secondProcess, sandbox, name }) {
      const [handle, second] = await Promise.all([sandbox(), secondProcess()]);
      const theirs = await second.do("create", { name: name() });
      const { removed } = await client.reap();
      const reaped = [...removed.map((entry) => entry.name), ...(await second.do("reap", null))];
      assert.ok(!reaped.includes(handle.name) && !reaped.includes(theirs));
      await expectOk(handle.shell("true"));
      await expectOk((await client.get(theirs)).shell("true"));
    },
  },
  {
    ...common,
    name: "stopped-orphan",
    behaviour: "a stopped sandbox of a dead process is removed too",
    async run({ client, secondProcess, name }) {
      const second = await secondProcess();
      const orphan = await second.do("create", { name: name() });
      await (await client.get(orphan)).kill();
      await second.kill();
      await client.reap();
      await expectRefusal(client.get(orphan), "not_found");
    },
  },
  {
    name: "expired",
    needs: [has("takeOver")],
    behaviour: "an expired sandbox is removed by anybody's reap(), and one whose expiry was moved is not",
    async run({ client, ownClient, spec }) {
      const own = ownClient();
      const firstTtlMs = patient(6_000);
      const startedAt = Date.now();
      // Long enough to be made and moved on a busy machine; its first expiry is waited for below.
      const extended = await own.client.create(spec({ ttlMs: firstTtlMs }));
      await extended.extend(3_600_000);
      const mortal = await own.client.create(spec({ ttlMs: 1_000 }));
      await until("the expired one is gone", async () => {
        await client.reap();
        return !(await client.list()).includes(mortal.name) && Date.now() - startedAt > firstTtlMs;
      });
      await client.reap();
      await expectOk(extended.shell("true"));
    },
  },
  {
    name: "detached-outlives",
    needs: [has("outlivesOwner"), has("takeOver")],
    secondProcess: true,
    behaviour:
      "a detached sandbox lives on when its process is killed, and is used by others until it is removed",
    async run({ client, secondProcess, name }) {
      const second = await secondProcess();
      const detached = await second.do("create", { name: name(), detached: true, ttlMs: 600_000 });
      await second.do("write", { name: detached, path: "kept", text: "kept" });
      await second.kill();
      await client.reap();
      const handle = await client.get(detached);
      assert.equal(await handle.files.readText("kept"), "kept");
      await handle.remove();
    },
  },
  {
    name: "nothing-outlives",
    needs: [lacks("outlivesOwner")],
    secondProcess: true,
    behaviour: "where no sandbox can outlive its process, no process of the host is left when that is killed",
    async run({ secondProcess, name }) {
      const second = await secondProcess();
      const sandbox = await second.do("create", { name: name() });
      await second.do("spawn", { name: sandbox, script: "while :; do sleep 1; done" });
      const started = await descendantsOf(second.pid);
      await second.kill();
      await until("no process is left", async () => (await stillAlive(started)).length === 0);
    },
  },
  {
    name: "detached-outlives-close",
    needs: [has("outlivesOwner"), has("takeOver")],
    behaviour: "close() leaves the detached sandboxes that the client made",
    async run({ client, ownClient, spec }) {
      const own = ownClient();
      const made = await own.client.create(spec({ detached: true }));
      await own.client.close();
      await expectOk((await client.get(made.name)).shell("true"));
      await client.remove(made.name);
    },
  },
]);
