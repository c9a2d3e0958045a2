import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { guestTimeMs } from "./guest-time.ts";
import { vendorEnvironment } from "./sdk.ts";

/**
 * Whether a guest came up: `booting` is one that the processor runs but that was too slow to be heard of, `silent` one that it does not run. Else why
 * not, in the vendor's words.
 */
export type BootEvidence = "booted" | "booting" | "silent" | { readonly failure: string };

const folderPrefix = ".ctx-";
const pollMs = 20;
/** After which the vendor ends the guest although nobody is there any more to end it. */
const longestSeconds = 15;
const staleMs = 60_000;
/** Time in the guest that shows that the processor runs it: where it cannot, there is none at all. */
const leastGuestMs = 100;
/** What the vendor adds to its state folder in the longest socket path, and how long that may be. */
const socketSuffixBytes = "/run/sandboxes//agent.sock".length + 24;
const longestSocketBytes = process.platform === "darwin" ? 103 : 107;

/** Whether the sockets of a microVM find room in a state folder; always on Windows, where they are pipes. */
export function hasRoomForSockets(home: string): boolean {
  return process.platform === "win32" || Buffer.byteLength(home) + socketSuffixBytes <= longestSocketBytes;
}

/**
 * Boots a guest of an empty root folder in a state folder of its own, and waits for a sign of life: the first words of its kernel, or that its agent
 * answers (that there is nothing to run). It is killed, and its folder removed, before this resolves.
 */
export async function bootEvidence(
  program: string,
  home: string,
  signal: AbortSignal,
): Promise<BootEvidence> {
  const folder = await makeFolder(home);
  const root = join(folder, "root");
  await mkdir(root);
  const size = ["--cpus", "1", "--memory", "128M", "--no-net", "--max-duration", `${longestSeconds}s`];
  const args = ["run", "--quiet", "--no-tty", "--name", "probe", ...size, root, "--", "/nothing"];
  // A group of its own: the guest is a child of the child.
  const child = spawn(program, args, {
    env: vendorEnvironment(folder),
    detached: process.platform !== "win32",
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = endOf(child);
  try {
    const console = join(folder, "sandboxes", "probe", "logs", "kernel.log");
    const sign = await firstSign(console, ended, signal);
    return sign ?? ((await guestTimeMs(child.pid)) >= leastGuestMs ? "booting" : "silent");
  } finally {
    killGroup(child);
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

async function firstSign(
  console: string,
  ended: Promise<string>,
  signal: AbortSignal,
): Promise<BootEvidence | undefined> {
  let words: string | undefined;
  void ended.then((text) => {
    words = text;
  });
  while (!signal.aborted) {
    if (words !== undefined) return /failed to exec/i.test(words) ? "booted" : { failure: reasonIn(words) };
    if (((await stat(console).catch(() => undefined))?.size ?? 0) > 0) return "booted";
    await sleep(pollMs, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

/** What the child said, when it has ended and no part of it is left to say more. Never rejects. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let words = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(0, 10_000);
    });
    child.once("error", (error) => resolve(error.message));
    child.once("close", () => resolve(words));
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill();
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody of the group is left.
  }
}

/** The vendor's explanation stands in the line after its summary. */
function reasonIn(words: string): string {
  const lines = words.split("\n").map((line) => line.replace(/^\s*(→|error:)\s*/, "").trim());
  return (lines[1] || lines[0] || "no explanation").replace(/^other: /, "");
}

/** As near to the real state folder as its sockets find room, as the file system below decides what works. */
async function makeFolder(home: string): Promise<string> {
  await removeStaleProbes(home);
  const isRoomy = hasRoomForSockets(join(home, `${folderPrefix}123456`));
  const parent = isRoomy ? home : tmpdir();
  await mkdir(parent, { recursive: true, mode: 0o700 });
  return await mkdtemp(join(parent, folderPrefix));
}

/** Removes what probes left that were killed: their guests have ended by themselves long ago. */
export async function removeStaleProbes(home: string): Promise<void> {
  for (const parent of [home, tmpdir()]) {
    const names = (await readdir(parent).catch(() => [])).filter((name) => /^\.ctx-\w{6}$/.test(name));
    for (const path of names.map((name) => join(parent, name))) {
      const facts = await stat(path).catch(() => undefined);
      if (facts === undefined || Date.now() - facts.mtimeMs < staleMs) continue;
      await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
    }
  }
}
