import { type ConnectedClient, createSandboxClient, isSandboxError, type ProgressEvent } from "ctx-sandbox";

/**
 * Connects to the strongest runtime. An engine that lacks the image, and cannot pull it, is passed over. `say` is told what was
 * found.
 */
export async function connect(say: (line: string) => void): Promise<ConnectedClient> {
  const client = await createSandboxClient();
  for (const { runtime, reason } of client.selection.rejected) say(`${runtime} is not available: ${reason}`);
  try {
    await makeOne(client, say);
    return client;
  } catch (error) {
    await client.close();
    if (!isImageMissing(error)) throw error;
    say(`${client.runtime.name} works, but its image cannot be had: ${error.message}`);
    return await createSandboxClient({ runtime: "embedded" });
  }
}

/** Makes and removes a sandbox, so that the pull of the image is over before the show begins. */
async function makeOne(client: ConnectedClient, say: (line: string) => void): Promise<void> {
  let shownPercent = -1;
  const onProgress = (event: ProgressEvent) => {
    if (event.phase !== "pull") return;
    const percent = Math.floor((event.currentBytes / event.totalBytes) * 10) * 10;
    if (percent > shownPercent) say(`pulling ${event.image}: ${percent} %`);
    shownPercent = Math.max(shownPercent, percent);
  };
  const signal = AbortSignal.timeout(pullTimeoutMs);
  try {
    const sandbox = await client.create({ name: `demo-try-${process.pid}` }, { onProgress, signal });
    await sandbox.remove();
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new PullTooSlow(`it was not there after ${pullTimeoutMs / 1000} s`);
  }
}

/** Longest that the first sandbox, with the pull of its image, may take. */
const pullTimeoutMs = 180_000;

class PullTooSlow extends Error {}

function isImageMissing(error: unknown): error is Error {
  if (error instanceof PullTooSlow) return true;
  return isSandboxError(error, "image_not_found") || isSandboxError(error, "image_unavailable");
}
