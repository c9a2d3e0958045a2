import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isAlive, processIdentity } from "../process-identity.mjs";

const machinesFolder = "/var/tmp";
const prefix = "ctx-sandbox-microvm-";

/** A folder for one running machine, which says whose it is; see {@link pruneMachines}. */
export function makeMachineFolder() {
  const folder = mkdtempSync(join(machinesFolder, prefix));
  writeFileSync(join(folder, "owner"), processIdentity(process.pid));
  return folder;
}

/** Notes which process emulates the machine of the folder. */
export function recordEmulator(folder, pid) {
  writeFileSync(join(folder, "emulator"), processIdentity(pid));
}

/** Ends the machines whose owner was killed, and removes their folders. */
export function pruneMachines() {
  mkdirSync(machinesFolder, { recursive: true });
  for (const name of readdirSync(machinesFolder).filter((entry) => entry.startsWith(prefix))) {
    const folder = join(machinesFolder, name);
    const owner = readText(join(folder, "owner"));
    // A folder without an owner is one that is being made.
    if (owner === undefined || isAlive(owner)) continue;
    const emulator = readText(join(folder, "emulator"));
    if (emulator !== undefined && isAlive(emulator)) process.kill(Number(emulator.split(":")[0]), "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
