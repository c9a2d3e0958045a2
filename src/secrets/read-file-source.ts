import { constants, type FileHandle, open } from "node:fs/promises";
import { maxSecretBytes } from "./max-secret-bytes.ts";
import { Unreadable } from "./unreadable.ts";

/** The text of a file, one newline at its end taken off. @throws {Unreadable} */
export async function readFileSource(path: string): Promise<string> {
  const bytes = await readBounded(path);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, "");
  } catch {
    throw new Unreadable("it is not UTF-8 text. Store the value as text, such as Base64");
  }
}

async function readBounded(path: string): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    // Without the flag, opening a pipe waits for somebody to write into it.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!(await file.stat()).isFile()) throw new Unreadable("it is no regular file");
    const buffer = new Uint8Array(maxSecretBytes + 3);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
    }
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    // An error of the file system holds the path and nothing of the content.
    throw new Unreadable(`${(error as NodeJS.ErrnoException).code ?? "it cannot be read"}`, error);
  } finally {
    await file?.close();
  }
}
