import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A set of system programs to try the scripts with. */
export interface Shell {
  readonly name: string;
  /** PATH under which `sh`, `stat`, `tar` and the others are found; undefined where they are not installed. */
  readonly path: string | undefined;
  remove(): void;
}

/** What this machine has of the shells and tools that sandboxes have: its own sh, bash, and BusyBox for everything. */
export function shells(): Shell[] {
  const usual = process.env.PATH ?? "";
  return [{ name: "the system's sh", path: usual, remove: () => {} }, bash(usual), busybox()];
}

function bash(usual: string): Shell {
  const program = find("bash");
  if (program === undefined) return { name: "bash", path: undefined, remove: () => {} };
  const folder = openFolder();
  symlinkSync(program, join(folder, "sh"));
  return { name: "bash", path: `${folder}:${usual}`, remove: () => rmSync(folder, { recursive: true }) };
}

function busybox(): Shell {
  const program = find("busybox");
  if (program === undefined) return { name: "BusyBox", path: undefined, remove: () => {} };
  const folder = openFolder();
  for (const applet of execFileSync(program, ["--list"], { encoding: "utf8" }).trim().split("\n")) {
    symlinkSync(program, join(folder, applet));
  }
  return { name: "BusyBox", path: folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** One that other users may look into, too. */
function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "shell-"));
  chmodSync(folder, 0o755);
  return folder;
}

function find(program: string): string | undefined {
  const { status, stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
