import { join } from "node:path";
import { expect, test } from "vitest";
import { fileSink, tailAudit } from "../../../src/audit/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { sampleLog } from "../support/sample-log.ts";

function follow(path: string, lines: number) {
  const controller = new AbortController();
  const seen: (string | undefined)[] = [];
  const ended = (async () => {
    for await (const { sandbox } of tailAudit(path, { lines, follow: true, signal: controller.signal }))
      seen.push(sandbox);
  })();
  return {
    seen,
    stop: async () => {
      controller.abort();
      await ended;
    },
  };
}

test("tailAudit shows the end, oldest first", async () => {
  const { path } = await sampleLog(30, { maxBytes: 4096 });
  const seen: (string | undefined)[] = [];
  for await (const { sandbox } of tailAudit(path, { lines: 15 })) seen.push(sandbox);
  expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => `box${index + 16}`));
  const none: unknown[] = [];
  for await (const event of tailAudit(path, { lines: 0 })) none.push(event);
  expect(none).toEqual([]);
});

test("tailAudit refuses a log that is not there", async () => {
  await expect(tailAudit("/nowhere/audit.jsonl").next()).rejects.toMatchObject({ code: "invalid_argument" });
});

test("tailAudit follows through rotations, and sees each event once", async () => {
  const path = join(await temporaryFolder(), "audit.jsonl");
  const sink = fileSink({ path, maxBytes: 4096 });
  const tail = follow(path, 10);
  for (let count = 1; count <= 300; count += 1) {
    await sink.write(sampleEvent({ sandbox: `box${count}` }));
    if (count % 100 === 0) await waitUntil("all is seen", () => tail.seen.length >= count);
  }
  await sink.close();
  await tail.stop();
  expect(tail.seen).toEqual(Array.from({ length: 300 }, (_, index) => `box${index + 1}`));
});

test("tailAudit begins with the last events, then goes on", async () => {
  const { path, options } = await sampleLog(5);
  const tail = follow(path, 2);
  await waitUntil("the end is seen", () => tail.seen.length === 2);
  const sink = fileSink(options);
  await sink.write(sampleEvent({ sandbox: "more" }));
  await sink.close();
  await waitUntil("more is seen", () => tail.seen.length === 3);
  await tail.stop();
  expect(tail.seen).toEqual(["box4", "box5", "more"]);
});
