import { readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileSink, verifyAudit } from "../../../src/audit/index.ts";
import { currentOwner } from "../../../src/util/owner.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { sampleEvent } from "../support/sample-event.ts";

describe("several sinks on one file", () => {
  test("one that writes without a pause lets the other have its turn", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    const [busy, quiet] = [fileSink({ path }), fileSink({ path, lockWaitMs: 5_000 })];
    let isOver = false;
    let written = 0;
    const flood = async () => {
      for (; !isOver; written++) await busy.write(sampleEvent());
    };
    const flooding = Promise.all([flood(), flood()]);
    try {
      for (let turn = 0; turn < 5; turn++) await quiet.write(sampleEvent());
    } finally {
      isOver = true;
      await flooding;
    }
    await Promise.all([busy.close(), quiet.close()]);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: written + 5, notes: 0 });
    expect((await readdir(dirname(path))).sort()).toEqual(["audit.jsonl", "audit.jsonl.head"]);
  });

  test("ten that write at once all come through", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    const sinks = Array.from({ length: 10 }, () => fileSink({ path }));
    await Promise.all(
      sinks.map(async (sink) => {
        for (let index = 0; index < 20; index++) await sink.write(sampleEvent());
      }),
    );
    await Promise.all(sinks.map((sink) => sink.close()));
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 200, notes: 0 });
  });

  test("nobody waits for a writer that died while it waited", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    const left = `${path}.lock.dead`;
    await writeFile(left, JSON.stringify({ token: "dead", ...currentOwner(), startTime: "1" }));
    const sink = fileSink({ path });
    const until = Date.now() + 300;
    while (Date.now() < until) await sink.write(sampleEvent());
    await sink.close();
    expect(await readdir(dirname(path))).not.toContain("audit.jsonl.lock.dead");
  });
});
