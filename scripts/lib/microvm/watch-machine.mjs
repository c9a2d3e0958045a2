import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatDuration } from "../log.mjs";
import { processorState } from "./processor-state.mjs";

const pollMs = 1000;

/** How long a machine may give no sign of life; it gives one every two seconds, and more rarely under load. */
const silenceLimitMs = 120_000;

/** How much of the kernel's log an error shows. */
const shownLogLines = 30;

/**
 * Resolves once the emulator has ended and the session has said that it did; rejects with the reason and the end of the kernel's log
 * when it has not. `startedAt` tells when the command that runs now was begun, which may take `limitMs`.
 */
export async function watchMachine(
  emulator,
  { control, kernelLog, monitor, onOutput, startedAt, limitMs, signal },
) {
  let complaint = "";
  emulator.stdout.setEncoding("utf8").on("data", onOutput);
  emulator.stderr.setEncoding("utf8").on("data", (text) => {
    complaint += text;
  });
  let cause;
  const end = (reason) => {
    cause ??= reason;
    emulator.kill("SIGKILL");
  };
  const bootedAt = Date.now();
  const timer = setInterval(async () => {
    const silentMs = Date.now() - lastSignOfLife(control, bootedAt);
    if (silentMs > silenceLimitMs) {
      clearInterval(timer);
      const state = await processorState(monitor);
      end(`hangs: it has given no sign of life for ${formatDuration(silentMs)}; ${state}`);
    } else if (Date.now() - startedAt() > limitMs)
      end(`was still at its command after ${formatDuration(limitMs)}, the longest that is allowed`);
  }, pollMs);
  const onAbort = () => end("was ended");
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  try {
    const ended = await new Promise((resolve, reject) => {
      emulator.once("error", reject);
      emulator.once("close", (code, name) => resolve(code ?? name));
    });
    signal?.throwIfAborted();
    if (cause === undefined && existsSync(join(control, "ended"))) return;
    cause ??= describeEnd(ended, readText(kernelLog));
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", onAbort);
  }
  throw new Error(`the machine of the microVMs ${cause}\n${complaint}${readTail(kernelLog)}`.trimEnd());
}

function lastSignOfLife(control, bootedAt) {
  const file = join(control, "alive");
  return existsSync(file) ? statSync(file).mtimeMs : bootedAt;
}

function describeEnd(ended, log) {
  const [panic] = /Kernel panic.*/.exec(log) ?? [];
  if (panic !== undefined) return `panicked: ${panic}`;
  return `ended (${ended}) before its session did`;
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function readTail(file) {
  const lines = readText(file).trimEnd().split("\n").slice(-shownLogLines);
  return lines.map((line) => `  | ${line.trimEnd()}\n`).join("");
}
