import { rootCertificates } from "node:tls";
import { posixWrite } from "./posix/posix-write.ts";
import type { PosixRun } from "./posix/run-posix.ts";
import type { OperationOptions } from "./sandbox-runtime.ts";

/** A file system of its own, which belongs to root: the sandbox's user can neither change the bundle nor write beside it. */
export const certificateFolder = "/run/ctx-sandbox";

/** Where programs find the authorities they trust. */
export const certificateBundlePath = `${certificateFolder}/ca-bundle.pem`;

/** Writes the usual authorities and the gateway's. `runAsRoot` runs commands as root of the sandbox. */
export async function writeCertificateBundle(
  runAsRoot: PosixRun,
  authority: string,
  options: OperationOptions = {},
): Promise<void> {
  const bundle = Buffer.from(`${[...rootCertificates, authority.trim()].join("\n")}\n`);
  await posixWrite(runAsRoot, certificateBundlePath, once(bundle), { ...options, mode: 0o444 });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
