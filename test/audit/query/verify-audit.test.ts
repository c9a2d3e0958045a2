import { copyFile, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createDigest, formatChainLine, genesis } from "../../../src/audit/chain/chain-line.ts";
import { fileSink, verifyAudit } from "../../../src/audit/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { changeLines, readLinesOf, sampleLog, writeEvents } from "../support/sample-log.ts";

const at = (lines: readonly string[], index: number) => lines[index] ?? "";

describe("verifyAudit", () => {
  test("approves of a log as it was written, and tells where it ends", async () => {
    const { path } = await sampleLog(5);
    const last = JSON.parse(at(await readLinesOf(path), 4));
    expect(await verifyAudit(path)).toEqual({
      ok: true,
      files: 1,
      lines: 5,
      notes: 0,
      firstSeq: 1,
      last: { seq: 5, hash: last.hash },
      unfinishedBytes: 0,
    });
  });

  const changes: [what: string, change: (lines: string[]) => string[], line: number, kind: string][] = [
    ["a changed word", (lines) => lines.with(2, at(lines, 2).replace("box3", "boxX")), 3, "edited"],
    ["a changed time", (lines) => lines.with(0, at(lines, 0).replace('"at":"2', '"at":"1')), 1, "edited"],
    ["a changed number", (lines) => lines.with(2, at(lines, 2).replace('"seq":3', '"seq":9')), 3, "edited"],
    ["a changed digest", (lines) => lines.with(2, at(lines, 2).replace(/..."\}$/, '000"}')), 3, "edited"],
    ["a changed last line", (lines) => lines.with(5, at(lines, 5).replace("box6", "boxX")), 6, "edited"],
    ["a line that is none", (lines) => lines.with(2, "hello"), 3, "edited"],
    ["bytes beyond ASCII", (lines) => lines.with(2, at(lines, 2).replace("box3", "böx3")), 3, "edited"],
    ["a line taken out", (lines) => lines.toSpliced(2, 1), 3, "cut"],
    ["the first line taken out", (lines) => lines.slice(1), 1, "cut"],
    ["several lines taken out", (lines) => lines.toSpliced(1, 3), 2, "cut"],
    ["the last line taken out", (lines) => lines.slice(0, -1), 6, "cut"],
    ["all lines taken out", () => [], 1, "cut"],
    [
      "two lines swapped",
      (lines) => [...lines.slice(0, 2), at(lines, 3), at(lines, 2), ...lines.slice(4)],
      3,
      "reordered",
    ],
    ["a line moved back", (lines) => [at(lines, 4), ...lines.toSpliced(4, 1)], 1, "reordered"],
    ["a line that stands twice", (lines) => lines.toSpliced(3, 0, at(lines, 2)), 4, "inserted"],
    ["a later line copied", (lines) => lines.toSpliced(2, 0, at(lines, 4)), 3, "inserted"],
    ["a line of no log", (lines) => lines.toSpliced(2, 0, '{"type":"exec.finished"}'), 3, "inserted"],
    ["a forged line", (lines) => lines.toSpliced(2, 0, at(lines, 2).replace("box3", "boxX")), 3, "inserted"],
    ["an empty line", (lines) => lines.toSpliced(2, 0, ""), 3, "inserted"],
    ["a foreign line at the end", (lines) => [...lines, '{"type":"exec.finished"}'], 7, "edited"],
    ["a line cut in two", (lines) => lines.with(2, at(lines, 2).slice(0, 90)), 3, "torn"],
  ];

  test.each(changes)("finds %s", async (_what, change, line, kind) => {
    const { path } = await sampleLog(6);
    await changeLines(path, change);
    expect(await verifyAudit(path)).toMatchObject({
      ok: false,
      file: path,
      line,
      kind,
      reason: expect.any(String),
    });
  });

  test("finds a line that was changed together with its digest", async () => {
    const { path } = await sampleLog(3);
    await changeLines(path, (lines) => lines.with(0, forge(at(lines, 0), "box1", "boxX")));
    expect(await verifyAudit(path)).toMatchObject({ ok: false, line: 2, kind: "edited" });
  });

  test("finds a last line that was changed together with its digest", async () => {
    const { path } = await sampleLog(1);
    await changeLines(path, (lines) => lines.with(0, forge(at(lines, 0), "box1", "boxX")));
    expect(await verifyAudit(path)).toMatchObject({ ok: false, line: 1, kind: "edited" });
  });

  test("finds the end cut within a line", async () => {
    const { path } = await sampleLog(3);
    await truncate(path, (await readFile(path)).length - 10);
    expect(await verifyAudit(path)).toMatchObject({ ok: false, line: 3, kind: "cut" });
  });

  test("finds that the head was changed or removed", async () => {
    const { path } = await sampleLog(3);
    const head = await readFile(`${path}.head`, "utf8");
    await writeFile(`${path}.head`, head.replace('"seq":3', '"seq":2'));
    expect(await verifyAudit(path)).toMatchObject({
      ok: false,
      file: `${path}.head`,
      line: 0,
      kind: "edited",
    });
    await rm(`${path}.head`);
    expect(await verifyAudit(path)).toMatchObject({ ok: false, file: `${path}.head`, line: 0, kind: "cut" });
  });

  test("refuses what is no log", async () => {
    const path = join(await temporaryFolder(), "audit.jsonl");
    await expect(verifyAudit(path)).rejects.toMatchObject({ code: "invalid_argument", data: { path } });
  });
});

describe("verifyAudit over several files", () => {
  async function rotatedLog() {
    const log = await sampleLog(60, { maxBytes: 4096 });
    const names = (await readdir(dirname(log.path))).filter((name) => /\.\d+$/.test(name)).sort();
    return { ...log, files: names.map((name) => join(dirname(log.path), name)) };
  }

  test("finds a file taken out", async () => {
    const { path, files } = await rotatedLog();
    await rm(at(files, 1));
    expect(await verifyAudit(path)).toMatchObject({ ok: false, kind: "cut", file: at(files, 2), line: 1 });
  });

  test("finds the first and the current file taken out", async () => {
    const { path, files } = await rotatedLog();
    const aside = `${path}.aside`;
    await rename(at(files, 0), aside);
    expect(await verifyAudit(path)).toMatchObject({ ok: false, kind: "cut", file: at(files, 1), line: 1 });
    await rename(aside, at(files, 0));
    await rm(path);
    expect(await verifyAudit(path)).toMatchObject({ ok: false, kind: "cut", file: path });
  });

  test("finds two files exchanged", async () => {
    const { path, files } = await rotatedLog();
    await rename(at(files, 1), `${path}.aside`);
    await rename(at(files, 2), at(files, 1));
    await rename(`${path}.aside`, at(files, 2));
    expect(await verifyAudit(path)).toMatchObject({
      ok: false,
      kind: "reordered",
      file: at(files, 1),
      line: 1,
    });
  });

  test("finds a file that stands twice", async () => {
    const { path, files } = await rotatedLog();
    await copyFile(at(files, 0), `${path}.000000999999`);
    expect(await verifyAudit(path)).toMatchObject({
      ok: false,
      kind: "inserted",
      file: `${path}.000000999999`,
    });
  });

  test("finds the end of an older file torn off", async () => {
    const { path, files } = await rotatedLog();
    await truncate(at(files, 1), (await readFile(at(files, 1))).length - 10);
    expect(await verifyAudit(path)).toMatchObject({ ok: false, kind: "torn", file: at(files, 1) });
  });
});

describe("a log with a key", () => {
  const hmacKey = "a key of sixteen bytes or more";

  test("is checked with the key alone", async () => {
    const { path } = await sampleLog(3, { hmacKey });
    expect(await verifyAudit(path, { hmacKey })).toMatchObject({ ok: true, lines: 3 });
    await expect(verifyAudit(path)).rejects.toMatchObject({ code: "invalid_argument" });
    expect(await verifyAudit(path, { hmacKey: "another key of some length" })).toMatchObject({ ok: false });
  });

  test("cannot be replaced by one without", async () => {
    const { path } = await sampleLog(3);
    expect(await verifyAudit(path, { hmacKey })).toMatchObject({
      ok: false,
      kind: "edited",
      file: `${path}.head`,
    });
  });

  test("cannot be written on by who lacks the key", async () => {
    const { path, options } = await sampleLog(3, { hmacKey });
    const { line } = formatChainLine('{"type":"exec.finished","at":"now"}', genesis, createDigest());
    await writeFile(path, `${await readFile(path, "utf8")}${line}`);
    expect(await verifyAudit(path, { hmacKey })).toMatchObject({ ok: false, line: 4 });
    await expect(writeEvents({ path }, [sampleEvent()])).rejects.toMatchObject({ code: "audit_unavailable" });
    expect(options).toMatchObject({ hmacKey });
  });
});

test("a log is found whole at every moment of its writing", async () => {
  const path = join(await temporaryFolder(), "audit.jsonl");
  const sink = fileSink({ path, maxBytes: 20_000 });
  await sink.write(sampleEvent());
  let isWriting = true;
  const writer = (async () => {
    for (let round = 0; round < 200; round += 1) {
      await Promise.all(Array.from({ length: 20 }, () => sink.write(sampleEvent())));
    }
    isWriting = false;
  })();
  let checks = 0;
  while (isWriting) {
    expect(await verifyAudit(path)).toMatchObject({ ok: true });
    checks += 1;
  }
  await writer;
  await sink.close();
  expect(checks).toBeGreaterThan(1);
  expect(await verifyAudit(path)).toMatchObject({ ok: true, lines: 4001 });
});

/** A line changed by someone who knows how the chain is made. */
function forge(line: string, from: string, to: string): string {
  const body = line.replace(/,"hash":"[0-9a-f]+"\}$/, "").replace(from, to);
  return `${body},"hash":"${createDigest()(body)}"}`;
}
