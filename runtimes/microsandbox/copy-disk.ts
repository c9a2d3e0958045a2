import { constants, type PathLike } from "node:fs";
import { copyFile, type FileHandle, open, rm } from "node:fs/promises";
import { cancelled } from "../../src/errors/index.ts";

const pieceBytes = 1 << 20;

/**
 * Copies a disk image: at no cost where the file system shares blocks until they are written, else piece by piece without the holes.
 * Nothing is left of a copy that fails or is cancelled. @throws {SandboxError} cancelled; the error of the file system
 */
export async function copyDisk(from: string, to: string, signal?: AbortSignal): Promise<void> {
  try {
    if (await cloneFile(from, to)) return;
    const source = await open(from, "r");
    try {
      const target = await open(to, "wx", 0o600);
      try {
        await copyPieces(source, target, from, signal);
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  }
}

async function cloneFile(from: PathLike, to: PathLike): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch {
    await rm(to, { force: true });
    return false;
  }
}

async function copyPieces(
  source: FileHandle,
  target: FileHandle,
  from: string,
  signal?: AbortSignal,
): Promise<void> {
  const piece = Buffer.allocUnsafe(pieceBytes);
  const zeros = Buffer.alloc(pieceBytes);
  let position = 0;
  for (;;) {
    if (signal?.aborted) throw cancelled(`The copy of ${from}`, signal);
    const { bytesRead } = await source.read(piece, 0, pieceBytes, position);
    if (bytesRead === 0) break;
    const isHole = piece.compare(zeros, 0, bytesRead, 0, bytesRead) === 0;
    for (let written = 0; !isHole && written < bytesRead; ) {
      const { bytesWritten } = await target.write(piece, written, bytesRead - written, position + written);
      written += bytesWritten;
    }
    position += bytesRead;
  }
  await target.truncate(position);
}
