import { type FSWatcher, watch } from "node:fs";
import { access, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** How often a folder is looked for that is not there to be watched. */
const lookMs = 500;

/**
 * The vendor keeps all that commands print in clear. Removes `sandboxes/<vendorName>/logs/exec.log*` below `home` now and whenever a new one appears,
 * until the returned function is called: the vendor's program then writes to a file without a name, up to its bound, and after that nothing.
 * The folder may appear later, and vanish. Does not hold the process.
 */
export function eraseVendorLog(home: string, vendorName: string): () => void {
  const folder = join(home, "sandboxes", vendorName, "logs");
  let watcher: FSWatcher | undefined;
  let isStopped = false;

  const unwatch = () => {
    watcher?.close();
    watcher = undefined;
  };
  const look = async () => {
    await erase(folder);
    const isThere = await access(folder).then(
      () => true,
      () => false,
    );
    if (isStopped || isThere === (watcher !== undefined)) return;
    if (!isThere) return unwatch();
    watcher = watchFolder(folder, () => void look(), unwatch);
    // What came between the look and the watch.
    await erase(folder);
  };

  void look();
  const timer = setInterval(() => void look(), lookMs).unref();
  return () => {
    isStopped = true;
    clearInterval(timer);
    unwatch();
  };
}

/** Undefined where the system has no watches left: looking must do. */
function watchFolder(folder: string, onChange: () => void, onError: () => void): FSWatcher | undefined {
  try {
    return watch(folder, { persistent: false }, onChange).on("error", onError);
  } catch {
    return undefined;
  }
}

/** Never throws: what cannot be removed now is tried again. */
async function erase(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const logs = names.filter((name) => name.startsWith("exec.log"));
  await Promise.all(logs.map((name) => rm(join(folder, name), { force: true }).catch(() => {})));
}
