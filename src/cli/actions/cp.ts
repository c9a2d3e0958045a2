import { stat } from "node:fs/promises";
import { basename, join, posix, resolve } from "node:path";
import { isSandboxError, SandboxError } from "../../errors/index.ts";
import type { SandboxHandle } from "../../sandbox/index.ts";
import type { ActionContext } from "../action.ts";
import { withSharedClient } from "../open-client.ts";
import { parseCopyAddress } from "../options/copy-address.ts";
import { formatBytes } from "../output/format-bytes.ts";

/** What `cp` was given. */
export interface CopyInput {
  readonly source: string;
  readonly target: string;
}

/** `cp`: a file or folder into a sandbox or out of it. */
export async function copy(context: ActionContext, input: CopyInput): Promise<number> {
  const { console, signal } = context;
  const source = parseCopyAddress(input.source);
  const target = parseCopyAddress(input.target);
  if (source.kind === target.kind) {
    throw new SandboxError(
      "invalid_argument",
      `Exactly one side of cp must be NAME:PATH, but ${source.kind === "host" ? "neither is" : "both are"}: ` +
        `${JSON.stringify(input.source)}, ${JSON.stringify(input.target)}.`,
      { data: { source: input.source, target: input.target } },
    );
  }
  const name = source.kind === "sandbox" ? source.name : target.kind === "sandbox" ? target.name : "";
  return await withSharedClient(context, async (client) => {
    const sandbox = await client.get(name, { signal });
    const into = target.kind === "sandbox";
    const to = into
      ? await targetInSandbox(sandbox, target.path, basename(resolve(source.path)))
      : await targetOnHost(target.path, posix.basename(posix.resolve("/workspace", source.path)));
    const moved = into
      ? await sandbox.files.upload(source.path, to, { signal })
      : await sandbox.files.download(source.path, to, { signal });
    if (console.json) await console.printJson({ sandbox: name, source: source.path, target: to, ...moved });
    else
      console.note(`copied ${moved.files} file${moved.files === 1 ? "" : "s"}, ${formatBytes(moved.bytes)}`);
    return 0;
  });
}

/** A folder that exists, or is written with a slash at its end, receives the source by its name. */
async function targetInSandbox({ files }: SandboxHandle, path: string, sourceName: string): Promise<string> {
  if (path.endsWith("/")) return posix.join(path, sourceName);
  try {
    const { kind } = await files.stat(path);
    return kind === "directory" ? posix.join(path, sourceName) : path;
  } catch (error) {
    if (isSandboxError(error, "file_not_found")) return path;
    throw error;
  }
}

async function targetOnHost(path: string, sourceName: string): Promise<string> {
  const isFolder =
    /[\\/]$/.test(path) ||
    (await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    ));
  if (!isFolder) return path;
  if (sourceName !== "") return join(path, sourceName);
  throw new SandboxError(
    "invalid_argument",
    "The root folder of a sandbox has no name; give the target one.",
  );
}
