/** Prints one progress line: a fixed-width subject, then what is to be said of it. */
export function say(subject, text) {
  process.stdout.write(`${subject.padEnd(10)} ${text}\n`);
}

/** Milliseconds as people read them: `0.4 s`, `1 min 12 s`. */
export function formatDuration(durationMs) {
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Says `doing`, works, says `done` with the time it took; a failure is said too and passed on. */
export async function step(subject, doing, work, done = "done") {
  const startedAt = Date.now();
  say(subject, `${doing} …`);
  try {
    const result = await work();
    say(subject, `${done} (${formatDuration(Date.now() - startedAt)})`);
    return result;
  } catch (error) {
    say(subject, `failed after ${formatDuration(Date.now() - startedAt)}`);
    throw error;
  }
}
