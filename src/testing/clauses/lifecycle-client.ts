import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal } from "../expectations.ts";
import { has } from "../requirement.ts";

/** The end of a client, and the life of a sandbox. */
export const lifecycleClientClauses: readonly Clause[] = clauseGroup("lifecycle", [
  {
    name: "closed-client-refuses",
    behaviour: "a closed client refuses every call with closed, and closing again is no error",
    async run({ ownClient, spec, name }) {
      const { client } = ownClient();
      const handle = await client.create(spec());
      await client.close();
      await client.close();
      await expectRefusal(client.create(spec()), "closed");
      await expectRefusal(client.get(name()), "closed");
      await expectRefusal(client.list(), "closed");
      await expectRefusal(client.listInfo(), "closed");
      await expectRefusal(client.runShell("true"), "closed");
      await expectRefusal(handle.exec("true"), ["closed", "sandbox_lost", "not_found"]);
    },
  },
  {
    name: "close-removes-what-it-made",
    behaviour: "close() removes the sandboxes that the client made, stopped ones too",
    needs: [has("takeOver")],
    async run({ ownClient, client, spec }) {
      const own = ownClient();
      const made = await Promise.all([own.client.create(spec()), own.client.create(spec())]);
      await made[0].kill();
      await own.client.close();
      const left = await client.list();
      for (const { name } of made) assert.ok(!left.includes(name), `${name} is left`);
    },
  },
  {
    name: "close-leaves-what-it-found",
    behaviour: "close() leaves a sandbox alone that the client only found",
    needs: [has("takeOver")],
    async run({ ownClient, sandbox }) {
      const handle = await sandbox();
      const own = ownClient();
      await expectOk((await own.client.get(handle.name)).shell("true"));
      await own.client.close();
      await expectOk(handle.shell("true"));
    },
  },
  {
    name: "dispose-closes",
    behaviour: "`await using` closes the client at the end of its block",
    async run({ ownClient }) {
      const own = ownClient();
      {
        await using client = own.client;
        await client.list();
      }
      await expectRefusal(own.client.list(), "closed");
    },
  },
  {
    name: "ttl-is-shown",
    behaviour: "ttlMs sets the expiry; a sandbox without it has none",
    async run({ sandbox }) {
      const before = Date.now();
      const [mortal, ageless] = await Promise.all([sandbox({ ttlMs: 3_600_000 }), sandbox()]);
      const expiry = (await mortal.info()).expiresAt?.getTime() ?? 0;
      assert.ok(
        expiry >= before + 3_599_000 && expiry <= Date.now() + 3_601_000,
        `expiresAt is ${new Date(expiry).toISOString()}`,
      );
      assert.equal((await ageless.info()).expiresAt, undefined);
    },
  },
  {
    name: "extend-moves-the-expiry",
    behaviour: "extend() sets the expiry to now + ttlMs, later or earlier, and every handle sees it",
    async run({ sandbox, client }) {
      const handle = await sandbox({ ttlMs: 600_000 });
      const other = await client.get(handle.name);
      for (const ttlMs of [7_200_000, 1_800_000]) {
        const before = Date.now();
        const expiry = await handle.extend(ttlMs);
        assert.ok(
          expiry.getTime() >= before + ttlMs - 1_000 && expiry.getTime() <= Date.now() + ttlMs + 1_000,
        );
        assert.equal((await other.info()).expiresAt?.getTime(), expiry.getTime());
      }
    },
  },
  {
    name: "probe",
    behaviour: "probe() finds the runtime available and tells its version",
    async run({ runtime }) {
      const probe = await runtime.probe();
      assert.ok(probe.available, probe.available ? "" : `${probe.reason} ${probe.remedy}`);
      assert.notEqual(probe.version, "");
    },
  },
]);
