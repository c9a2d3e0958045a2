import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** How often a waiter looks again. */
const pollMs = 200;

/**
 * Does `work` while no other process on this machine holds the lock of that name. The lock is an abstract unix socket,
 * which the kernel frees when its holder dies, however that happens; only Linux has these, and elsewhere nothing is
 * locked. Rejects when `signal` fires while it waits.
 */
export async function withLock(name, work, { signal } = {}) {
  if (process.platform !== "linux") return await work();
  let lock = await take(name);
  while (lock === undefined) {
    await pause(pollMs, undefined, { signal });
    lock = await take(name);
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => lock.close(resolve));
  }
}

function take(name) {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", (error) => (error.code === "EADDRINUSE" ? resolve(undefined) : reject(error)));
    server.listen(`\0ctx-sandbox-${name}`, () => resolve(server));
  });
}
