import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { isSandboxError } from "../../errors/index.ts";
import { type Clause, clauseGroup } from "../clause.ts";
import type { ClauseContext } from "../clause-context.ts";
import { expectRefusal, within } from "../expectations.ts";
import { has } from "../requirement.ts";

/** Creating that is cancelled or fails. */
export const lifecycleCancelClauses: readonly Clause[] = clauseGroup("lifecycle", [
  {
    name: "create-cancelled-before",
    behaviour: "create() with a signal that has fired is cancelled and makes nothing",
    async run({ client, spec }) {
      const wanted = spec();
      await expectRefusal(client.create(wanted, { signal: AbortSignal.abort() }), "cancelled");
      await expectRefusal(client.get(wanted.name), "not_found");
    },
  },
  {
    name: "create-cancelled-midway",
    behaviour:
      "create() that is cancelled at any moment either is complete or is cancelled and leaves nothing",
    deadlineMs: 120_000,
    async run(context) {
      for (const afterMs of [0, 1, 5, 20, 60, 150, 400]) await createCancelledAfter(context, afterMs);
    },
  },
  {
    name: "create-with-missing-image",
    behaviour:
      "create() of an image that cannot be had is image_not_found or image_unavailable and leaves nothing",
    needs: [has("images")],
    deadlineMs: 180_000,
    async run({ client, spec }) {
      const wanted = spec({ image: "registry.invalid/ctx-sandbox/none:none" });
      await expectRefusal(client.create(wanted), ["image_not_found", "image_unavailable"]);
      await expectRefusal(client.get(wanted.name), "not_found");
      assert.ok(!(await client.list()).includes(wanted.name));
    },
  },
]);

async function createCancelledAfter({ client, spec }: ClauseContext, afterMs: number): Promise<void> {
  const wanted = spec();
  const cancel = new AbortController();
  const creation = client.create(wanted, { signal: cancel.signal });
  // Awaited below; until then a rejection is not a surprise.
  creation.catch(() => {});
  await sleep(afterMs);
  cancel.abort();
  try {
    const handle = await within(30_000, "the end of a cancelled create", creation);
    assert.equal((await handle.info()).status, "running");
    await handle.remove();
  } catch (error) {
    assert.ok(isSandboxError(error, "cancelled"), `cancelled after ${afterMs} ms: ${error}`);
    await expectRefusal(client.get(wanted.name), "not_found");
    assert.ok(!(await client.list()).includes(wanted.name));
    // Nothing of it stands in the way of another try.
    await (await client.create(wanted)).remove();
  }
}
