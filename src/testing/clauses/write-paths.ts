import assert from "node:assert/strict";
import type { SandboxHandle } from "../../sandbox/index.ts";
import { type Clause, clauseGroup } from "../clause.ts";
import type { ClauseContext } from "../clause-context.ts";
import { expectRefusal, expectStdout } from "../expectations.ts";
import { has } from "../requirement.ts";

/** Writing confined to folders. The surface has no word for it, because only a policy asks for it; so the runtime is asked. */
export const writePathClauses: readonly Clause[] = clauseGroup("write-paths", [
  {
    name: "inside",
    behaviour: "a write path can be written, by commands and by the file calls, and is the home of commands",
    needs: [has("writePaths")],
    async run(context) {
      const sandbox = await confined(context, ["/workspace/out"]);
      await expectStdout(sandbox.shell("echo a > /workspace/out/a && cat /workspace/out/a"), "a\n");
      await sandbox.files.write("/workspace/out/b", "b");
      assert.equal(await sandbox.files.readText("/workspace/out/b"), "b");
      await expectStdout(sandbox.shell('echo "$HOME"'), "/workspace/out\n");
    },
  },
  {
    name: "outside",
    behaviour:
      "nothing else can be written: not beside it, not through `..`, links or renames, and not in /tmp",
    needs: [has("writePaths")],
    async run(context) {
      const sandbox = await confined(context, ["/workspace/out"]);
      const attempts = [
        "echo x > /workspace/x",
        "echo x > /tmp/x",
        "mkdir /workspace/folder",
        "echo x > /workspace/out/../x",
        "ln -s /workspace /workspace/out/link && echo x > /workspace/out/link/x",
        "echo x > /workspace/out/file && mv /workspace/out/file /workspace/file",
        "mv /workspace/out /workspace/moved",
      ];
      for (const attempt of attempts) {
        const { exitCode } = await sandbox.shell(attempt);
        assert.notEqual(exitCode, 0, `it worked: ${attempt}`);
      }
      await expectRefusal(sandbox.files.write("/workspace/x", "x"), "permission_denied");
      await expectRefusal(sandbox.files.mkdir("/workspace/folder"), "permission_denied");
      const names = (await sandbox.files.list("/workspace")).map(({ name }) => name);
      assert.deepEqual(names, ["out"]);
    },
  },
]);

async function confined(context: ClauseContext, writePaths: readonly string[]): Promise<SandboxHandle> {
  const { runtime, client } = context.ownClient();
  const create = runtime.create.bind(runtime);
  runtime.create = (spec, options) => create({ ...spec, writePaths }, options);
  return await client.create(context.spec());
}
