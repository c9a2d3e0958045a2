import { isSandboxError } from "../../src/errors/index.ts";
import type { ProbeResult, RuntimeProcess } from "../../src/runtime/index.ts";
import type { ResolvedEmbeddedOptions } from "./embedded-options.ts";
import { EmbeddedProcess } from "./embedded-process.ts";
import { findInterpreterPackage } from "./find-package.ts";
import { hasPermissionModel } from "./permission-flags.ts";
import { installCommand, startSupervisor } from "./start-sandbox.ts";

const deadlineMs = 8_000;
const greeting = "probe";

/** Starts a sandbox and has it say something: a package that is there proves nothing. */
export async function probeInterpreter(
  options: ResolvedEmbeddedOptions,
  signal?: AbortSignal,
): Promise<ProbeResult> {
  const found = await findInterpreterPackage();
  if (found === undefined) {
    return { available: false, reason: "The package just-bash is not installed.", remedy: installCommand };
  }
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    const bound = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const supervisor = await startSupervisor(probeSpec, options, bound);
    try {
      const { id } = await supervisor.call("spawn", {
        argv: ["echo", greeting],
        env: {},
        cwd: "/",
        stdin: "none",
      });
      const said = await textOf(new EmbeddedProcess(id, supervisor));
      if (said !== `${greeting}\n`) throw new Error(`echo printed ${JSON.stringify(said)}`);
    } finally {
      await supervisor.end();
    }
  } catch (error) {
    if (signal?.aborted && isSandboxError(error, "cancelled")) throw error;
    const reason = deadline.aborted
      ? `The interpreter did not answer within ${deadlineMs / 1_000} s.`
      : `The interpreter does not work: ${(error as Error).message}`;
    return { available: false, reason, remedy: `Install it again: ${installCommand}@latest` };
  }
  return { available: true, version: found.version, details: detailsOf(options) };
}

const probeSpec = { name: "probe", env: {}, caps: probeCaps(), profile: "restricted" } as const;

function probeCaps() {
  return { memoryMib: 128, cpus: 1, pids: 256, diskMib: 16, openFiles: 1024 };
}

function detailsOf({ python, javascript }: ResolvedEmbeddedOptions): Record<string, string> {
  return {
    isolation: "interpreter: no boundary of the operating system",
    "permission model of node": hasPermissionModel() ? "on" : "off (needs node 22.13 or later)",
    network: "no sockets; curl, fetch and urllib through the gateway, where there is one",
    python: python
      ? "CPython 3.13 in WebAssembly, without ssl, sockets, sqlite3, threads, subprocess, pip and numpy; files up to 8 MiB"
      : "off",
    javascript: javascript ? "QuickJS, as js-exec" : "off",
    "missing programs": "git, job control, and every program that is not built in; `help` lists what is",
  };
}

async function textOf(process: RuntimeProcess): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const { data } of process.output) pieces.push(data);
  await process.wait();
  return Buffer.concat(pieces).toString();
}
