import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type AuditEvent, fileSink, fileSource, queryAudit, verifyAudit } from "../../../src/audit/index.ts";
import { currentOwner } from "../../../src/util/owner.ts";
import { runNode } from "../../support/run-program.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { readLinesOf, sampleLog, writeEvents } from "../support/sample-log.ts";

const writerProgram = fileURLToPath(new URL("../support/write-until-killed.ts", import.meta.url));
const turnsProgram = fileURLToPath(new URL("../support/write-some.ts", import.meta.url));

async function readEvents(path: string): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  for await (const records of fileSource(path).read({ order: "oldest" })) {
    events.push(...records.map(({ event }) => event));
  }
  return events;
}

describe("a file sink", () => {
  test("writes a line for each event, with number and digests, and nobody else may read it", async () => {
    const { path, events } = await sampleLog(3);
    const lines = (await readLinesOf(path)).map((line) => JSON.parse(line));
    expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(lines[1].prev).toBe(lines[0].hash);
    expect(lines[0].prev).toBe("0".repeat(64));
    expect(await readEvents(path)).toEqual(events);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(`${path}.head`)).mode & 0o777).toBe(0o600);
    expect((await readdir(dirname(path))).sort()).toEqual(["audit.jsonl", "audit.jsonl.head"]);
  });

  test("does nothing before the first event", async () => {
    const folder = await temporaryFolder();
    await fileSink({ path: join(folder, "audit.jsonl") }).close();
    expect(await readdir(folder)).toEqual([]);
  });

  test("keeps the order of the calls, however many there are at once", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    const sink = fileSink({ path });
    const events = Array.from({ length: 5000 }, (_, index) => sampleEvent({ sandbox: `box${index}` }));
    await Promise.all(events.map((event) => sink.write(event)));
    await sink.close();
    expect(await readEvents(path)).toEqual(events);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 5000 });
  });

  test("takes an event as it was at the call", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    const sink = fileSink({ path });
    const detail: Record<string, unknown> = { word: "before" };
    const written = sink.write(sampleEvent({ detail }));
    detail.word = "after";
    await written;
    await sink.close();
    expect((await readEvents(path))[0]?.detail).toEqual({ word: "before" });
  });

  test("goes on where the last writer ended", async () => {
    const { path, options } = await sampleLog(3);
    await writeEvents(options, [sampleEvent({ sandbox: "later" })]);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 4, notes: 0 });
    expect((await readEvents(path)).at(-1)?.sandbox).toBe("later");
  });

  test("is closed more than once, and takes nothing afterwards", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    const sink = fileSink({ path });
    const written = sink.write(sampleEvent());
    await Promise.all([sink.close(), sink.close()]);
    await sink.close();
    await expect(written).resolves.toBeUndefined();
    await expect(sink.write(sampleEvent())).rejects.toMatchObject({ code: "closed" });
    expect(await readdir(dirname(path))).not.toContain("audit.jsonl.lock");
  });

  test.each([
    [{ path: "" }, "path"],
    [{ path: "a\0b" }, "path"],
    [{ path: "a", maxBytes: 10 }, "maxBytes"],
    [{ path: "a", maxFiles: 1 }, "maxFiles"],
    [{ path: "a", hmacKey: "short" }, "hmacKey"],
    [{ path: "a", mode: 0o7777 }, "mode"],
  ])("refuses %j", (options, field) => {
    expect(() => fileSink(options)).toThrow(
      expect.objectContaining({ code: "invalid_argument", data: { field } }),
    );
  });
});

describe("rotation", () => {
  test("keeps the chain across files", async () => {
    const { path, events } = await sampleLog(100, { maxBytes: 4096 });
    const names = (await readdir(dirname(path))).filter((name) => /\.\d+$/.test(name));
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect((await stat(join(dirname(path), name))).size).toBeLessThanOrEqual(4096);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 100, files: names.length + 1 });
    expect(await readEvents(path)).toEqual(events);
  });

  test("removes the oldest files, which is no cut", async () => {
    const { path, events, options } = await sampleLog(100, { maxBytes: 4096, maxFiles: 3 });
    const verified = await verifyAudit(path);
    expect(verified).toMatchObject({ ok: true, files: 3 });
    const kept = await readEvents(path);
    expect(kept).toEqual(events.slice(-kept.length));
    expect(verified).toMatchObject({ firstSeq: 101 - kept.length });
    await writeEvents(options, [sampleEvent()]);
    expect(await verifyAudit(path)).toMatchObject({ ok: true });
  });

  test("that was interrupted after the renaming is completed", async () => {
    const { path, options } = await sampleLog(5);
    await rename(path, `${path}.000000000001`);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 5 });
    await writeEvents(options, [sampleEvent()]);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 6, files: 2 });
  });
});

describe("after a crash", () => {
  test("an unfinished last line is moved aside and noted", async () => {
    const { path, options } = await sampleLog(3);
    await appendFile(path, '{"seq":4,"prev":"00');
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 3, unfinishedBytes: 19 });
    await writeEvents(options, [sampleEvent({ sandbox: "after" })]);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 5, notes: 1, unfinishedBytes: 0 });
    const note = JSON.parse((await readLinesOf(path))[3] ?? "");
    expect(note).toMatchObject({ note: "torn", bytes: 19 });
    expect(await readFile(note.kept, "utf8")).toBe('{"seq":4,"prev":"00');
    expect((await readEvents(path)).map(({ sandbox }) => sandbox)).toEqual(["box1", "box2", "box3", "after"]);
  });

  test("blocks that were never written are no tampering", async () => {
    const { path, options } = await sampleLog(3);
    await appendFile(path, `${"\0".repeat(100)}\n{"seq":5,\n`);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 3, unfinishedBytes: 111 });
    await writeEvents(options, [sampleEvent()]);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 5, notes: 1 });
  });

  test("whole lines that the head does not know yet are taken in", async () => {
    const { path, options } = await sampleLog(2);
    const head = await readFile(`${path}.head`);
    await writeEvents(options, [sampleEvent(), sampleEvent()]);
    await writeFile(`${path}.head`, head);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 4 });
    await writeEvents(options, [sampleEvent()]);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 5, notes: 0 });
  });

  test.each([1_000_000_000, 20_000])(
    "by kill -9, with files of %i bytes, every promised event is there",
    async (maxBytes) => {
      const path = join(await temporaryFolder(), "audit.jsonl");
      const promised: string[] = [];
      for (const round of ["one", "two", "three"]) {
        promised.push(...(await writeUntilKilled([path, String(maxBytes), `${round}-`])));
        expect(await verifyAudit(path)).toMatchObject({ ok: true });
        const there = new Set((await readEvents(path)).map(({ sandbox }) => sandbox));
        expect(promised.filter((sandbox) => !there.has(sandbox))).toEqual([]);
      }
      if (maxBytes < 1_000_000) expect((await readdir(dirname(path))).length).toBeGreaterThan(10);
    },
  );
});

/** Has a process write events, kills it in the middle, and returns the sandboxes of those that were promised to be safe. */
async function writeUntilKilled(args: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, [writerProgram, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const text = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => {
    text.stdout += data;
  });
  child.stderr.on("data", (data) => {
    text.stderr += data;
  });
  try {
    await waitUntil("events are promised", () => text.stdout.length > 10_000 || child.exitCode !== null);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
  expect(text.stderr).toBe("");
  return text.stdout.split("\n").slice(0, -1);
}

describe("a log that was tampered with", () => {
  test("is not written on", async () => {
    const { path, options } = await sampleLog(3);
    await writeFile(path, (await readFile(path, "utf8")).split("\n").slice(0, 2).join("\n"));
    await expect(writeEvents(options, [sampleEvent()])).rejects.toMatchObject({
      code: "audit_unavailable",
      message: expect.stringContaining("audit verify"),
    });
    expect(await verifyAudit(path)).toMatchObject({ ok: false, kind: "cut" });
  });

  test("is not written on without its head", async () => {
    const { path, options } = await sampleLog(3);
    await rename(`${path}.head`, `${path}.elsewhere`);
    await expect(writeEvents(options, [sampleEvent()])).rejects.toMatchObject({ code: "audit_unavailable" });
  });

  test.each(["garbage\n", '{"type":"exec.finished","at":"now"}\n'])(
    "is not written on after %j",
    async (foreign) => {
      const { path, options } = await sampleLog(3);
      await appendFile(path, foreign);
      await expect(writeEvents(options, [sampleEvent()])).rejects.toMatchObject({
        code: "audit_unavailable",
      });
      expect(await verifyAudit(path)).toMatchObject({ ok: false, line: 4 });
      expect((await readdir(dirname(path))).sort()).toEqual(["audit.jsonl", "audit.jsonl.head"]);
    },
  );

  test("is noticed while it is open", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    const sink = fileSink({ path });
    await sink.write(sampleEvent());
    await rename(path, `${path}.elsewhere`);
    await expect(sink.write(sampleEvent())).rejects.toMatchObject({ code: "audit_unavailable" });
    await rename(`${path}.elsewhere`, path);
    await sink.write(sampleEvent());
    await sink.close();
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 2 });
  });
});

describe("the lock", () => {
  test("lets two sinks take turns", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    const sinks = [fileSink({ path }), fileSink({ path })] as const;
    for (const [index, sink] of [...sinks, ...sinks].entries())
      await sink.write(sampleEvent({ sandbox: `box${index}` }));
    await Promise.all(sinks.map((sink) => sink.close()));
    expect((await readEvents(path)).map(({ sandbox }) => sandbox)).toEqual(["box0", "box1", "box2", "box3"]);
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 4, notes: 0 });
  });

  test("lets several processes take turns, also when all of them find it stale", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    await writeFile(`${path}.lock`, JSON.stringify({ ...currentOwner(), startTime: "1" }));
    const names = ["a", "b", "c", "d"];
    const ends = await Promise.all(names.map((name) => runNode([turnsProgram, path, name, "20"])));
    expect(ends).toEqual(names.map(() => ({ exitCode: 0, stdout: "", stderr: "" })));
    expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 400, notes: 0 });
    expect(new Set((await readEvents(path)).map(({ sandbox }) => sandbox)).size).toBe(400);
    expect((await readdir(dirname(path))).filter((name) => name.includes("lock"))).toEqual([]);
  });

  test("names the process that holds it", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    await writeFile(`${path}.lock`, JSON.stringify(currentOwner()));
    const sink = fileSink({ path, lockWaitMs: 0 });
    await expect(sink.write(sampleEvent())).rejects.toMatchObject({
      code: "audit_unavailable",
      message: expect.stringContaining(`process ${process.pid} holds its lock`),
    });
    await sink.close();
    expect(await readdir(dirname(path))).toEqual(["audit.jsonl.lock"]);
  });

  test("of a process that is gone is taken over", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    await writeFile(`${path}.lock`, JSON.stringify({ ...currentOwner(), startTime: "1" }));
    await writeEvents({ path, lockWaitMs: 0 }, [sampleEvent()]);
    expect((await queryAudit(path)).events).toHaveLength(1);
    expect((await readdir(dirname(path))).sort()).toEqual(["audit.jsonl", "audit.jsonl.head"]);
  });
});
