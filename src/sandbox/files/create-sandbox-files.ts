import { isSandboxError } from "../../errors/index.ts";
import type { RuntimeSandbox } from "../../runtime/index.ts";
import type { SandboxFiles } from "../sandbox-files.ts";
import { download } from "./download.ts";
import type { FilesContext } from "./files-context.ts";
import { filesOptions, parseArgument } from "./files-options.ts";
import { readFileBytes, readFileStream } from "./read-file.ts";
import { pathBelowRoot, sandboxPath } from "./sandbox-path.ts";
import { upload } from "./upload.ts";
import { appendToFile, writeFile, writeFileStream } from "./write-file.ts";

/** The files of a sandbox, on any runtime. Does no I/O by itself. */
export function createSandboxFiles(
  sandbox: RuntimeSandbox,
  { runtime }: { readonly runtime: string },
): SandboxFiles {
  const context: FilesContext = { sandbox, runtime };

  const readBytes = async (path: string, options: unknown) =>
    await readFileBytes(context, sandboxPath(path), parseArgument(filesOptions.read, options, "options"));

  return {
    readBytes: async (path, options = {}) => await readBytes(path, options),
    readText: async (path, options = {}) =>
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readBytes(path, options)),
    async *readStream(path, options = {}) {
      const place = sandboxPath(path);
      const { signal } = parseArgument(filesOptions.transfer, options, "options");
      yield* readFileStream(context, place, { signal, maxBytes: Number.POSITIVE_INFINITY });
    },
    write: async (path, content, options = {}) =>
      await writeFile(
        context,
        pathBelowRoot(path),
        bytesOf(content),
        parseArgument(filesOptions.write, options, "options"),
      ),
    writeStream: async (path, content, options = {}) =>
      await writeFileStream(
        context,
        pathBelowRoot(path),
        content,
        parseArgument(filesOptions.write, options, "options"),
      ),
    append: async (path, content, options = {}) => {
      const { signal } = parseArgument(filesOptions.transfer, options, "options");
      await appendToFile(context, pathBelowRoot(path), bytesOf(content), signal);
    },
    list: async (path = ".") => await sandbox.files.list(sandboxPath(path)),
    stat: async (path) => await sandbox.files.stat(sandboxPath(path)),
    exists: async (path) => {
      try {
        await sandbox.files.stat(sandboxPath(path));
        return true;
      } catch (error) {
        // Below a file there is nothing either.
        if (isSandboxError(error, "file_not_found") || isSandboxError(error, "file_conflict")) return false;
        throw error;
      }
    },
    mkdir: async (path) => await sandbox.files.makeDirectory(sandboxPath(path)),
    rename: async (from, to) => await sandbox.files.rename(pathBelowRoot(from), pathBelowRoot(to)),
    remove: async (path, options = {}) => {
      const place = pathBelowRoot(path);
      const { recursive, force } = parseArgument(filesOptions.remove, options, "options");
      try {
        await sandbox.files.remove(place, { recursive });
      } catch (error) {
        if (!(force && isSandboxError(error, "file_not_found"))) throw error;
      }
    },
    upload: async (hostPath, path, options = {}) => {
      const source = parseArgument(filesOptions.hostPath, hostPath, "hostPath");
      return await upload(
        context,
        source,
        sandboxPath(path),
        parseArgument(filesOptions.folder, options, "options"),
      );
    },
    download: async (path, hostPath, options = {}) => {
      const place = sandboxPath(path);
      const target = parseArgument(filesOptions.hostPath, hostPath, "hostPath");
      return await download(context, place, target, parseArgument(filesOptions.folder, options, "options"));
    },
  };
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  const checked = parseArgument(filesOptions.content, content, "content");
  return typeof checked === "string" ? new TextEncoder().encode(checked) : checked;
}
