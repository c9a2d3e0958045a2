import assert from "node:assert/strict";
import type { ExecOptions, SandboxSpec } from "../../sandbox/index.ts";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectRefusal, expectStdout } from "../expectations.ts";

/** Bad arguments are told, and do nothing. */
export const invalidArgumentClauses: readonly Clause[] = clauseGroup("invalid-arguments", [
  {
    name: "spec",
    behaviour:
      "a spec with an unknown key, a wrong type or a number out of bounds is invalid_argument and makes nothing",
    async run({ client, spec }) {
      const bad: Record<string, unknown>[] = [
        { unknownKey: 1 },
        { memory: 512 },
        { memoryMib: -1 },
        { memoryMib: 0 },
        { memoryMib: 15 },
        { memoryMib: 1.5 },
        { memoryMib: "512" },
        { memoryMib: Number.NaN },
        { memoryMib: Number.POSITIVE_INFINITY },
        { cpus: 0 },
        { cpus: -1 },
        { cpus: 2_000 },
        { pids: 7 },
        { pids: 10.5 },
        { diskMib: 0 },
        { openFiles: 15 },
        { ttlMs: -1 },
        { ttlMs: Number.NaN },
        { profile: "superuser" },
        { minimumIsolation: "none" },
        { env: { "A-B": "x" } },
        { env: { "1A": "x" } },
        { env: { "": "x" } },
        { env: { A: "nul\0" } },
        { env: { A: 1 } },
        { labels: { a: 1 } },
        { egress: "example.com" },
        { image: "" },
        { image: 7 },
      ];
      for (const fields of bad) {
        const wanted = spec(fields as Partial<SandboxSpec>);
        const error = await expectRefusal(() => client.create(wanted), "invalid_argument");
        assert.ok(
          error.message.includes(Object.keys(fields)[0] ?? ""),
          `the field is not named: ${error.message}`,
        );
        await expectRefusal(client.get(wanted.name), "not_found");
      }
      for (const wanted of [undefined, null, "name", 7, {}]) {
        await expectRefusal(() => client.create(wanted as unknown as SandboxSpec), "invalid_argument");
      }
    },
  },
  {
    name: "exec-options",
    behaviour: "a bad option of a command is invalid_argument and runs nothing",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const bad: Record<string, unknown>[] = [
        { unknownKey: 1 },
        { timeout: 5 },
        { timeoutMs: -1 },
        { timeoutMs: Number.NaN },
        { timeoutMs: "5" },
        { cwd: "relative" },
        { cwd: "" },
        { cwd: "/nul\0" },
        { env: { "A-B": "x" } },
        { env: { A: "nul\0" } },
        { env: { A: 1 } },
        { stdin: 7 },
        { maxOutputBytes: -1 },
        { maxOutputBytes: 1.5 },
        { onStdout: "no function" },
      ];
      for (const fields of bad) {
        const options = { cwd, ...fields } as ExecOptions;
        await expectRefusal(() => handle.exec("touch", ["ran"], options), "invalid_argument");
        await expectRefusal(() => handle.shell("touch ran", options), "invalid_argument");
      }
      assert.deepEqual(await handle.files.list(cwd), []);
      await expectStdout(handle.shell("echo usable"), "usable\n");
    },
  },
  {
    name: "arguments",
    behaviour:
      "an empty program, NUL in an argument and what is no text are invalid_argument and run nothing",
    async run({ shared }) {
      const handle = await shared();
      const calls: (() => Promise<unknown>)[] = [
        () => handle.exec(""),
        () => handle.exec("ec\0ho"),
        () => handle.exec("echo", ["a\0b"]),
        () => handle.exec("echo", [7 as unknown as string]),
        () => handle.exec("echo", "text" as unknown as string[]),
        () => handle.spawn(""),
        () => handle.spawn("echo", ["a\0b"]),
        () => handle.shell("echo a\0b"),
        () => handle.shell(7 as unknown as string),
      ];
      for (const call of calls) await expectRefusal(call, "invalid_argument");
    },
  },
  {
    name: "other-calls",
    behaviour: "bad arguments of every other call are invalid_argument",
    async run({ shared, client }) {
      const handle = await shared();
      const calls: (() => Promise<unknown>)[] = [
        () => handle.extend(-1),
        () => handle.extend(Number.NaN),
        () => handle.stop({ graceMs: -1 }),
        () => client.list({ status: "asleep" as "running" }),
        () => client.list({ unknownKey: 1 } as object),
        () => handle.files.write("a", 7 as unknown as string),
        () => handle.files.write("a", "b", { mode: -1 }),
        () => handle.files.readText("a", { maxBytes: -1 }),
      ];
      for (const call of calls) await expectRefusal(call, "invalid_argument");
      assert.equal((await handle.info()).status, "running");
    },
  },
]);
