import type { ProgressEvent } from "../../runtime/index.ts";
import { formatBytes } from "./format-bytes.ts";
import { printable } from "./printable.ts";

/** Shows how far the pull of an image is. */
export interface PullProgress {
  show(event: ProgressEvent): void;
  /** Takes the updating line away. */
  clear(): void;
}

/** Time between two lines where there is no terminal. */
const lineEveryMs = 10_000;
/** Time between two updates of the line on a terminal. */
const updateEveryMs = 100;

/** One line that is updated on a terminal; a plain line now and then elsewhere. */
export function createPullProgress(
  stream: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown },
  { silent }: { readonly silent: boolean },
): PullProgress {
  const onTerminal = stream.isTTY === true && process.env.TERM !== "dumb";
  let lineIsShown = false;
  let shownAt = Number.NEGATIVE_INFINITY;

  const clear = () => {
    if (lineIsShown) stream.write("\r\u001b[2K");
    lineIsShown = false;
  };
  return {
    clear,
    show: (event) => {
      if (silent) return;
      if (event.phase !== "pull") return clear();
      const now = performance.now();
      if (now - shownAt < (onTerminal ? updateEveryMs : lineEveryMs)) return;
      shownAt = now;
      const text = `ctx-sandbox: ${describePull(event)}`;
      if (!onTerminal) return void stream.write(`${text}\n`);
      stream.write(`\r\u001b[2K${text.slice(0, Math.max((stream.columns ?? 80) - 1, 20))}`);
      lineIsShown = true;
    },
  };
}

function describePull(event: Extract<ProgressEvent, { phase: "pull" }>): string {
  const subject = `pulling ${printable(event.image)}`;
  if (event.totalBytes <= 0) return subject;
  const percent = Math.min(100, Math.floor((100 * event.currentBytes) / event.totalBytes));
  return `${subject}: ${percent} % (${formatBytes(event.currentBytes)} of ${formatBytes(event.totalBytes)})`;
}
