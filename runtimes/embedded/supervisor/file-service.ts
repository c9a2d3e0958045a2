import type { MessagePort } from "node:worker_threads";
import type { FileAnswer, FileCalls, FileRequest } from "../worker/worker-protocol.ts";
import { addProgram } from "./base-tree.ts";
import { copyFiles } from "./copy-files.ts";
import { FileSystemError } from "./file-system-error.ts";
import type { FileTree } from "./file-tree.ts";

/** Answers the file calls of one worker thread, which is not trusted. */
export function serveFiles(
  calls: FileCalls,
  { files, answers, answered }: { files: MessagePort; answers: MessagePort; answered: Int32Array },
): void {
  files.on("message", ({ id, method, args, blocking }: FileRequest) => {
    const answer = answerOf(calls, id, method, args);
    const transfer = answer.value instanceof Uint8Array ? [answer.value.buffer as ArrayBuffer] : [];
    if (!blocking) {
      files.postMessage(answer, transfer);
      return;
    }
    answers.postMessage(answer, transfer);
    Atomics.add(answered, 0, 1);
    Atomics.notify(answered, 0);
  });
}

function answerOf(calls: FileCalls, id: number, method: string, args: readonly unknown[]): FileAnswer {
  try {
    if (!Object.hasOwn(calls, method)) throw new TypeError(`There is no file operation ${method}.`);
    const call = calls[method as keyof FileCalls] as (...args: readonly unknown[]) => unknown;
    return { id, value: call(...args) };
  } catch (error) {
    if (error instanceof FileSystemError) {
      return { id, failure: { code: error.code, message: error.message } };
    }
    return { id, failure: { code: "EIO", message: `EIO: ${(error as Error).message}` } };
  }
}

/** The file calls of every thread of a sandbox. */
export function fileCalls(tree: FileTree): FileCalls {
  let hasPrograms = false;
  return {
    addPrograms(names) {
      if (hasPrograms) return;
      hasPrograms = true;
      for (const name of names) addProgram(tree, name);
    },
    read: (path) => tree.content(path).bytes(),
    write: (path, data) => tree.writeFile(path, owned(data)),
    append: (path, data) => tree.appendFile(path, data),
    exists: (path) => tree.exists(path),
    stat: (path) => tree.stat(path),
    lstat: (path) => tree.lstat(path),
    readlink: (path) => tree.readlink(path),
    realpath: (path) => tree.realpath(path),
    list: (path) => tree.list(path),
    allPaths: () => tree.allPaths(),
    makeDirectory: (path, recursive) => tree.makeDirectory(path, recursive),
    remove: (path, options) => tree.remove(path, options),
    rename: (from, to) => tree.rename(from, to),
    copy: (from, to, recursive) => copyFiles(tree, from, to, recursive),
    chmod: (path, mode) => tree.chmod(path, mode),
    setModified: (path, modifiedMs) => tree.setModified(path, modifiedMs),
    symlink: (target, path) => tree.symlink(target, path),
    link: (existingPath, path) => tree.link(existingPath, path),
  };
}

/** The bytes without the larger buffer that they may be a part of. */
function owned(data: Uint8Array): Uint8Array {
  return data.byteLength === data.buffer.byteLength ? data : data.slice();
}
