import { extname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import {
  Bash,
  getCommandNames,
  getJavaScriptCommandNames,
  getNetworkCommandNames,
  getPythonCommandNames,
} from "just-bash";
import { curlCommand } from "./curl-command.ts";
import { executionLimits } from "./execution-limits.ts";
import { FileClient } from "./file-client.ts";
import { gatewayFetch } from "./gateway-fetch.ts";
import { guestCommands } from "./guest-commands.ts";
import { lockThreads } from "./lock-threads.ts";
import { NetworkClient } from "./network-client.ts";
import { printfCommand } from "./printf-command.ts";
import { learnRedirectionFailure } from "./redirection-failure.ts";
import { type CommandTools, runCommand } from "./run-command.ts";
import { type ProgramFacts, SandboxFileSystem } from "./sandbox-file-system.ts";
import type { WorkerCommand, WorkerMessage, WorkerSettings } from "./worker-protocol.ts";

/** The thread that runs commands, one after the other. It is ended from outside when a command is. */
async function main(): Promise<void> {
  lockThreads(guestMain());
  const port = parentPort;
  if (port === null) throw new Error("This file runs in a worker thread only.");
  const tell = (message: WorkerMessage, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const settings = workerData as WorkerSettings;
  const files = new FileClient(settings.files, settings.answers, settings.answered);
  const programs = new Map<string, ProgramFacts | undefined>();
  const limits = executionLimits(settings);
  const { network } = settings;
  const fetch = network === undefined ? undefined : gatewayFetch(new NetworkClient(network));
  const commands = [
    printfCommand,
    ...(fetch === undefined ? [] : [curlCommand]),
    ...guestCommands(settings, (interpreter, running) => tell({ kind: "guest", interpreter, running })),
  ];
  const asFailure = await learnRedirectionFailure((probe) => new Bash({ customCommands: [probe] }));
  const tools: CommandTools = {
    createFileSystem: (output) => new SandboxFileSystem({ files, output, programs, asFailure }),
    createBash: (options) =>
      new Bash({
        ...options,
        ...(fetch !== undefined && { fetch }),
        python: settings.python,
        javascript: settings.javascript,
        executionLimits: limits,
        customCommands: commands,
        defenseInDepth: true,
      }),
  };
  port.on("message", async (command: WorkerCommand) => {
    const result = await runCommand(tools, command);
    const transfer = [result.stdout.buffer as ArrayBuffer, result.stderr.buffer as ArrayBuffer];
    tell({ kind: "finished", ...result }, transfer);
  });
  await files.call("addPrograms", programNames(settings));
  await runCommand(tools, { argv: ["echo"], env: {}, cwd: "/", stdin: new Uint8Array() });
  tell({ kind: "ready" });
}

function programNames({ python, javascript, network }: WorkerSettings): string[] {
  return [
    ...getCommandNames(),
    ...(network === undefined ? [] : getNetworkCommandNames()),
    ...(python ? getPythonCommandNames() : []),
    ...(javascript ? getJavaScriptCommandNames() : []),
  ];
}

/** Beside this file, compiled or not. */
function guestMain(): URL {
  return new URL(`./guest-main${extname(import.meta.filename)}`, import.meta.url);
}

await main();
