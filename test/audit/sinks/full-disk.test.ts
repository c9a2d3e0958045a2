import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import { createAuditLog, fileSink, queryAudit, verifyAudit } from "../../../src/audit/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** A file system of 64 KiB of its own; only root may mount one. */
async function tinyFolder({ skip }: Pick<TestContext, "skip">): Promise<string> {
  const folder = await temporaryFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "pipe" });
  } catch (error) {
    return skip(`no file system can be mounted here: ${String(error).split("\n")[0]}`);
  }
  onTestFinished(() => void execFileSync("umount", [folder]));
  return folder;
}

test("a full disk refuses operations, harms nothing, and is recovered from", async (context) => {
  const folder = await tinyFolder(context);
  const path = join(folder, "audit.jsonl");
  const sink = fileSink({ path });
  const log = createAuditLog({ sink, actor: {}, runtime: "fake", isolation: "interpreter" });
  const record = (name: string) =>
    log.record({ type: "exec.started", sandbox: name, detail: { filler: "x".repeat(900) } });
  await record("first");
  await writeFile(join(folder, "ballast"), Buffer.alloc(36 * 1024));

  const results = await Promise.allSettled(Array.from({ length: 40 }, (_, index) => record(`group${index}`)));
  expect(results.map(({ status }) => status)).toContain("rejected");
  const safe = ["first"];
  let failure: unknown;
  for (let count = 0; count < 60; count += 1) {
    try {
      await record(`box${count}`);
      safe.push(`box${count}`);
    } catch (error) {
      failure = error;
    }
  }
  expect(failure).toMatchObject({
    code: "audit_unavailable",
    message: expect.stringMatching(/ENOSPC.*Free space/),
    data: { reason: "ENOSPC" },
  });
  expect(await verifyAudit(path)).toMatchObject({ ok: true, unfinishedBytes: 0 });

  await rm(join(folder, "ballast"));
  await record("after");
  await sink.close();
  const events = (await queryAudit(path, { limit: 1000 })).events.map(({ sandbox }) => sandbox);
  expect(events.toReversed()).toEqual([...safe, "after"]);
  expect(await verifyAudit(path)).toMatchObject({ ok: true, notes: 0, lines: safe.length + 1 });
});
