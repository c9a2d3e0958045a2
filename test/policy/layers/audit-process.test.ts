import { expect, test } from "vitest";
import type { AuditEntry } from "../../../src/audit/audit-log.ts";
import { auditProcess } from "../../../src/policy/layers/audit-process.ts";
import { OperationRecorder } from "../../../src/policy/layers/operation-recorder.ts";
import type { OutputChunk, RuntimeProcess } from "../../../src/runtime/index.ts";

/** A command that has ended before anybody reads what it printed. */
function endedProcess(): RuntimeProcess {
  return {
    id: "1",
    output: pieces("hello ", "world"),
    writeStdin: async () => {},
    closeStdin: async () => {},
    kill: async () => {},
    wait: async () => ({ exitCode: 0, oomKilled: false }),
  };
}

async function* pieces(...texts: string[]): AsyncGenerator<OutputChunk> {
  for (const text of texts) {
    await new Promise((resolve) => setImmediate(resolve));
    yield { stream: "stdout", data: Buffer.from(text) };
  }
}

function audited(): { process: RuntimeProcess; entries: AuditEntry[] } {
  const entries: AuditEntry[] = [];
  const recorder = new OperationRecorder({
    required: true,
    arguments: "shape",
    record: async (entry) => void entries.push(entry),
  });
  return { process: auditProcess("box", endedProcess(), recorder, performance.now()), entries };
}

test("counts output that is read after the command has ended", async () => {
  const { process, entries } = audited();
  for await (const _chunk of process.output);
  await process.wait();
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ type: "exec.finished", detail: { stdoutBytes: 11, stderrBytes: 0 } });
});

test("does not wait for output that nobody reads", async () => {
  const { process, entries } = audited();
  await process.wait();
  expect(entries[0]).toMatchObject({ type: "exec.finished", detail: { stdoutBytes: 0, stderrBytes: 0 } });
});
