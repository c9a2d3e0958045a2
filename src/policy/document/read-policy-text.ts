import { open } from "node:fs/promises";
import { SandboxError } from "../../errors/index.ts";

/** Far more than any policy needs. */
const maxBytes = 1_048_576;

/** The text of a policy file. @throws {SandboxError} file_not_found; invalid_argument when it is no file of text below 1 MiB */
export async function readPolicyText(path: string): Promise<string> {
  const refuse = (problem: string) =>
    new SandboxError("invalid_argument", `The policy file ${JSON.stringify(path)} ${problem}.`, {
      data: { field: "policy", path },
    });
  const file = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT" && cause.code !== "ENOTDIR") {
      throw new SandboxError("permission_denied", `The policy file ${JSON.stringify(path)} cannot be read.`, {
        data: { path },
        cause,
      });
    }
    throw new SandboxError(
      "file_not_found",
      `There is no policy file ${JSON.stringify(path)}; check the path.`,
      {
        data: { path },
        cause,
      },
    );
  });
  try {
    if (!(await file.stat()).isFile()) throw refuse("is not a regular file; name a YAML or JSON file");
    // One byte more than allowed tells that it is too long, also while somebody appends to it.
    const buffer = new Uint8Array(maxBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    if (length > maxBytes) throw refuse("is larger than 1 MiB; split what is not policy off");
    return decode(buffer.subarray(0, length)) ?? fail(refuse("is not UTF-8 text; save it as UTF-8"));
  } finally {
    await file.close();
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function fail(error: Error): never {
  throw error;
}
