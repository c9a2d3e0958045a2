/** How often to look whether npm is still there. */
const parentPollMs = 1000;

/**
 * Turns SIGINT, SIGTERM, SIGHUP and the end of whoever reads our output into one AbortSignal, so that a script can clean
 * up and then exit. `exitCode` is 128 + the number of the signal that came, or undefined.
 */
export function catchInterruption() {
  const controller = new AbortController();
  const caught = { signal: controller.signal, exitCode: undefined };
  const interrupt = (name, number) => {
    caught.exitCode ??= 128 + number;
    controller.abort(new Error(`interrupted by ${name}`));
  };
  process.on("SIGHUP", () => interrupt("SIGHUP", 1));
  process.on("SIGINT", () => interrupt("SIGINT", 2));
  process.on("SIGTERM", () => interrupt("SIGTERM", 15));
  process.stdout.on("error", () => interrupt("the end of its reader", 13));
  if (process.env.npm_lifecycle_event !== undefined) watchParent(() => interrupt("the end of npm", 15));
  return caught;
}

/** npm runs a script through a shell, which does not pass SIGTERM on: that npm is gone is then all there is to see. */
function watchParent(onGone) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, parentPollMs);
  timer.unref();
}
