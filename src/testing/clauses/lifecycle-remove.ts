import assert from "node:assert/strict";
import { isSandboxError } from "../../errors/index.ts";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectRefusal, within } from "../expectations.ts";

/** How a sandbox ends. */
export const lifecycleRemoveClauses: readonly Clause[] = clauseGroup("lifecycle", [
  {
    name: "remove-leaves-nothing",
    behaviour: "a removed sandbox is in no list and get() is not_found",
    async run({ sandbox, client }) {
      const { name } = await sandbox();
      await client.remove(name);
      assert.ok(!(await client.list()).includes(name));
      await expectRefusal(client.get(name), "not_found");
    },
  },
  {
    name: "remove-is-idempotent",
    behaviour: "remove() of what is gone, or never was, is no error, also when called several times at once",
    async run({ sandbox, client, name }) {
      await client.remove(name());
      const handle = await sandbox();
      await Promise.all([handle.remove(), client.remove(handle.name), handle.remove()]);
      await handle.remove();
      await client.remove(handle.name);
      await expectRefusal(client.get(handle.name), "not_found");
    },
  },
  {
    name: "remove-while-running",
    behaviour: "remove() while a command runs ends the command and the caller's wait",
    async run({ sandbox, client }) {
      const handle = await sandbox();
      const process = await handle.spawn("sleep", ["600"]);
      const running = handle.shell("sleep 600");
      const ends = [process.wait(), running].map((end) =>
        end.then(
          ({ exitCode }) =>
            assert.notEqual(exitCode, 0, "a command that was cut off must not look successful"),
          (error: unknown) => assert.ok(isSandboxError(error), `not a SandboxError: ${error}`),
        ),
      );
      await handle.remove();
      await within(30_000, "the end of a command whose sandbox was removed", Promise.all(ends));
      assert.ok(!(await client.list()).includes(handle.name));
    },
  },
  {
    name: "use-after-remove",
    behaviour: "every use of a removed sandbox's handle is sandbox_lost or not_found",
    async run({ sandbox, capabilities }) {
      const handle = await sandbox();
      await handle.remove();
      const uses: (() => Promise<unknown>)[] = [
        () => handle.exec("true"),
        () => handle.shell("true"),
        () => handle.spawn("true"),
        () => handle.files.readText("a"),
        () => handle.files.write("a", "b"),
        () => handle.files.list(),
        () => handle.files.exists("a"),
        () => handle.info(),
        () => handle.start(),
        () => handle.extend(60_000),
        ...(capabilities.stats ? [() => handle.stats()] : []),
      ];
      for (const use of uses)
        await within(30_000, String(use), expectRefusal(use, ["sandbox_lost", "not_found"]));
    },
  },
  {
    name: "name-is-free-again",
    behaviour: "the name of a removed sandbox can be used again, for a sandbox without its files",
    async run({ sandbox }) {
      const first = await sandbox();
      await first.files.write("old.txt", "old");
      await first.remove();
      const second = await sandbox({ name: first.name });
      assert.deepEqual(await second.files.list(), []);
    },
  },
  {
    name: "replaced-sandbox",
    behaviour: "an old handle does not act on a new sandbox of the same name without telling",
    async run({ sandbox }) {
      const first = await sandbox();
      await first.remove();
      const second = await sandbox({ name: first.name });
      await expectRefusal(first.files.write("stray.txt", "stray"), ["sandbox_lost", "not_found"]);
      assert.equal(await second.files.exists("stray.txt"), false);
    },
  },
  {
    name: "dispose-removes",
    behaviour: "`await using` removes the sandbox at the end of its block",
    async run({ sandbox, client }) {
      let name = "";
      {
        await using handle = await sandbox();
        name = handle.name;
      }
      await expectRefusal(client.get(name), "not_found");
    },
  },
]);
