import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, installPackages } from "../engine/debian-packages.mjs";
import { places } from "./build/recipe.mjs";
import { ensureMachineFiles } from "./machine-files.mjs";
import { makeMachineFolder, pruneMachines, recordEmulator } from "./machine-folders.mjs";
import { packSources } from "./pack-sources.mjs";
import { qemuArguments, qemuPackages } from "./qemu.mjs";
import { watchMachine } from "./watch-machine.mjs";

const sessionFile = join(dirname(fileURLToPath(import.meta.url)), "session.sh");

/** What the tests in the machine find in their environment. */
const machineEnvironment = {
  MSB_HOME: places.microsandboxHome,
  CTX_SANDBOX_TEST_MICROVM: "/dev/kvm",
  CTX_SANDBOX_TEST_MICROVM_IMAGE_FOLDER: places.imageFolder,
  CTX_SANDBOX_TEST_MICROVM_IMAGE_DISK: places.imageDisk,
  CTX_SANDBOX_PROMISED: "microvm",
};

/**
 * Boots an emulated machine with a working /dev/kvm, the checkout as it is now in /project, and no network; runs a shell
 * command there and takes the machine away. `onOutput` gets what the command prints, as text. Resolves with `exitCode` and
 * `results`, a Map of the files that the command left in /control/results (name → text). Rejects when the machine fails: it
 * does not start, panics, falls silent, or the command takes longer than `limitMs`.
 */
export async function runInMicrovmMachine(options) {
  const { command, environment = {}, limitMs, memoryMib = 4096, signal } = options;
  const { onOutput = (text) => process.stdout.write(text) } = options;
  pruneMachines();
  await installPackages(qemuPackages, signal);
  const files = await ensureMachineFiles({ signal });
  const folder = makeMachineFolder();
  try {
    const control = join(folder, "control");
    mkdirSync(join(control, "results"), { recursive: true });
    cpSync(sessionFile, join(control, "session.sh"));
    writeFileSync(join(control, "command"), command);
    writeFileSync(join(control, "environment"), renderEnvironment({ ...machineEnvironment, ...environment }));
    const sources = join(folder, "sources.tar");
    await packSources(sources, signal);
    const kernelLog = join(folder, "kernel.log");
    const emulator = startEmulator(qemuArguments({ files, sources, control, kernelLog, memoryMib }));
    try {
      if (emulator.pid !== undefined) recordEmulator(folder, emulator.pid);
      await watchMachine(emulator, { control, kernelLog, onOutput, limitMs, signal });
    } finally {
      emulator.kill("SIGKILL");
    }
    const exitCode = Number(readFileSync(join(control, "exit-code"), "utf8"));
    return { exitCode, results: readResults(join(control, "results")) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The kernel ends the emulator when we die, however that happens. Its stdin stays open: at its end the emulator would shut
 * the port that the output comes from.
 */
function startEmulator(args) {
  const ending = ["--pdeathsig", "KILL", findProgram("qemu-system-x86_64")];
  return spawn(findProgram("setpriv"), [...ending, ...args], { stdio: "pipe" });
}

function renderEnvironment(environment) {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join("");
}

function readResults(folder) {
  if (!existsSync(folder)) return new Map();
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
