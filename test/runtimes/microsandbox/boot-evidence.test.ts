import { chmod, mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  bootEvidence,
  hasRoomForSockets,
  removeStaleProbes,
} from "../../../runtimes/microsandbox/boot-evidence.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

/** A program in the place of the vendor's: what is tested is how its end and its words are taken. */
async function programOf(script: string) {
  const folder = await temporaryFolder();
  const program = join(folder, "program");
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  const home = join(folder, "home");
  await mkdir(home);
  return { program, home, started: join(folder, "started") };
}

const patience = () => AbortSignal.timeout(30_000);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a guest whose agent answers has booted", async () => {
  const { program, home } = await programOf('echo "error: failed to exec \\"<unknown>\\"" >&2; exit 1');
  expect(await bootEvidence(program, home, patience())).toBe("booted");
  expect(await readdir(home)).toEqual([]);
});

test("a guest whose kernel speaks has booted, and is ended with all its children", async () => {
  const logs = '"$MSB_HOME/sandboxes/probe/logs"';
  const { program, home, started } = await programOf(
    `sleep 1000 & echo $! > "$MSB_HOME/../../started"; mkdir -p ${logs}; echo words > ${logs}/kernel.log; wait`,
  );
  expect(await bootEvidence(program, home, patience())).toBe("booted");
  const child = Number(await readFile(started, "utf8"));
  await waitUntil("the child is gone", () => !isAlive(child));
  expect(await readdir(home)).toEqual([]);
});

test("why one does not boot is what the vendor says under its summary", async () => {
  const { program, home } = await programOf(
    'printf "error: failed to start \\"probe\\"\\n  → other: sandbox process exited\\n  → run msb logs\\n" >&2; exit 1',
  );
  expect(await bootEvidence(program, home, patience())).toEqual({ failure: "sandbox process exited" });
  expect(await bootEvidence(join(home, "missing"), home, patience())).toEqual({
    failure: expect.stringContaining("ENOENT"),
  });
  expect(await readdir(home)).toEqual([]);
});

test("one that is not heard of in time is silent, and nothing is left of it", async () => {
  const { program, home, started } = await programOf(
    'sleep 1000 & echo $! > "$MSB_HOME/../../started"; trap "" TERM; wait',
  );
  const stop = new AbortController();
  const evidence = bootEvidence(program, home, stop.signal);
  const child = await waitUntil("it has started", async () =>
    Number(await readFile(started, "utf8").catch(() => "")),
  );
  stop.abort();
  expect(await evidence).toBe("silent");
  await waitUntil("the child is gone", () => !isAlive(child));
  expect(await readdir(home)).toEqual([]);
});

test("what killed probes left goes with the next, and nothing else does", async () => {
  const { program, home } = await programOf("exit 1");
  for (const name of [".ctx-000001", ".ctx-000002", ".ctx-other-one"])
    await mkdir(join(home, name, "root"), { recursive: true });
  expect(await readdir(home)).toHaveLength(3);
  await bootEvidence(program, home, patience());
  expect((await readdir(home)).sort()).toEqual([".ctx-000001", ".ctx-000002", ".ctx-other-one"]);
  await utimes(join(home, ".ctx-000001"), 0, 0);
  await removeStaleProbes(home);
  expect((await readdir(home)).sort()).toEqual([".ctx-000002", ".ctx-other-one"]);
});

test("where the sockets find no room, the guest is tried elsewhere", async () => {
  const { program, home, started } = await programOf('echo "$MSB_HOME" > "$HERE"; exit 1');
  expect(hasRoomForSockets("/".padEnd(57, "x"))).toBe(true);
  expect(hasRoomForSockets("/".padEnd(58, "x"))).toBe(false);
  const long = join(home, "x".repeat(100));
  process.env.HERE = started;
  try {
    await bootEvidence(program, long, patience());
  } finally {
    delete process.env.HERE;
  }
  expect((await readFile(started, "utf8")).startsWith(`${tmpdir()}/.ctx-`)).toBe(true);
});
