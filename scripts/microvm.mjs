import { build } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { catchInterruption } from "./lib/interruption.mjs";
import { say } from "./lib/log.mjs";
import { ensureMachineFiles } from "./lib/microvm/machine-files.mjs";
import { whyNoMachine } from "./lib/microvm/microvm-component.mjs";
import { runInMicrovmMachine } from "./lib/microvm/run-in-machine.mjs";

const usage = `Usage:
  node scripts/microvm.mjs build                          builds the machine that microVMs run in, unless it is there
  node scripts/microvm.mjs run COMMAND [--limit SECONDS]  runs a shell command in it, in a copy of this checkout

The machine is emulated: it needs no virtualization, and is slow. It has the tests' image in the cache of microsandbox,
in /images as a folder and a raw disk, and no network. What the command writes is lost, except the files that it leaves in
/control/results, which are printed. The exit code is the command's; 125 when the machine failed.
`;

/** The exit code when it is the machine that failed. */
const machineFailed = 125;
const defaultLimitSeconds = 900;

const interruption = catchInterruption();
const { signal } = interruption;
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = interruption.exitCode ?? machineFailed;
}

async function main([action, command, option, seconds = String(defaultLimitSeconds)]) {
  const isRun = action === "run" && command !== undefined && [undefined, "--limit"].includes(option);
  if (action !== "build" && !isRun) {
    const asked = action === "--help";
    (asked ? process.stdout : process.stderr).write(usage);
    return asked ? 0 : 2;
  }
  const missing = whyNoMachine();
  if (missing !== undefined) throw new Error(missing);
  await install({ signal });
  if (action === "build") {
    say("microvm", `built in ${await ensureMachineFiles({ signal })}`);
    return 0;
  }
  await build({ signal });
  const commands = [command];
  const { exitCodes, results } = await runInMicrovmMachine({
    nextCommand: () => commands.shift(),
    limitMs: Number(seconds) * 1000,
    signal,
  });
  for (const [name, text] of results) process.stdout.write(`--- ${name}\n${text}\n`);
  return exitCodes[0];
}
