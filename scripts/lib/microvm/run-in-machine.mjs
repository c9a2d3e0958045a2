import { spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, installPackages } from "../engine/debian-packages.mjs";
import { places } from "./build/recipe.mjs";
import { handOutCommands, readOutcome } from "./hand-out-commands.mjs";
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
 * Boots an emulated machine with a working /dev/kvm, the checkout as it is now in /project, and no network; runs shell commands there,
 * one after another, and takes the machine away. The commands come from `nextCommand`, see {@link handOutCommands}. `onOutput` gets what
 * they print, as text. Resolves with `exitCodes` and `results`, see {@link readOutcome}. Rejects when the machine fails: it does not
 * start, panics, falls silent, or a command takes longer than `limitMs`.
 */
export async function runInMicrovmMachine(options) {
  const { nextCommand, environment = {}, limitMs, memoryMib = 4096, signal } = options;
  const { onOutput = (text) => process.stdout.write(text) } = options;
  pruneMachines();
  await installPackages(qemuPackages, signal);
  const files = await ensureMachineFiles({ signal });
  const folder = makeMachineFolder();
  try {
    const control = join(folder, "control");
    mkdirSync(join(control, "results"), { recursive: true });
    cpSync(sessionFile, join(control, "session.sh"));
    writeFileSync(join(control, "environment"), renderEnvironment({ ...machineEnvironment, ...environment }));
    const sources = join(folder, "sources.tar");
    await packSources(sources, signal);
    const [kernelLog, monitor] = [join(folder, "kernel.log"), join(folder, "monitor")];
    const emulator = startEmulator(qemuArguments({ files, sources, control, kernelLog, monitor, memoryMib }));
    const { startedAt, stop } = handOutCommands(control, nextCommand);
    try {
      if (emulator.pid !== undefined) recordEmulator(folder, emulator.pid);
      await watchMachine(emulator, { control, kernelLog, monitor, onOutput, startedAt, limitMs, signal });
    } finally {
      stop();
      emulator.kill("SIGKILL");
    }
    return readOutcome(control);
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
