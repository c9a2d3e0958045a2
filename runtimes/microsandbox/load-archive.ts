import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { SandboxError } from "../../src/errors/index.ts";
import { readTar, type TarEntry, TarFormatError, writeTar } from "../../src/util/tar/index.ts";
import { withDeadline } from "./deadline.ts";
import { vendorCode, vendorMessage } from "./errors.ts";
import type { Sdk } from "./sdk.ts";

/** What loading an archive needs. */
export interface LoadArchiveOptions {
  /** An existing folder of ours for the copy that is loaded. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

const loadMs = 600_000;
const longestIndexBytes = 4 << 20;

/** No registry can have this name, so that nothing is ever pulled in its place. */
const loadedName = "ctx-sandbox.invalid/archive";

/**
 * Puts an archive (`docker save` or an OCI layout, not compressed) into the vendor's store once, under a reference made of its content.
 * Its own names are left out: otherwise the archive would decide what `python:3.11-slim` is from then on. Resolves to the reference.
 * @throws {SandboxError} image_unavailable, cancelled, storage_full
 */
export async function loadArchive(
  sdk: Sdk,
  path: string,
  { folder, signal }: LoadArchiveOptions,
): Promise<string> {
  const image = `archive:${path}`;
  const digest = await contentDigest(path, signal).catch((error: unknown) =>
    Promise.reject(unreadable(image, error)),
  );
  const reference = `${loadedName}:${digest}`;
  if (await isLoaded(sdk, reference, signal)) return reference;
  const nameless = `${folder}/archive-${randomBytes(8).toString("hex")}.tar`;
  try {
    const entries = withoutNames(readTar(createReadStream(path)));
    await pipeline(writeTar(entries), createWriteStream(nameless, { flags: "wx", mode: 0o600 }), { signal });
    const what = `The load of the image ${image}`;
    await withDeadline(sdk.Image.load(nameless, { tag: reference }), loadMs, what, signal);
    return reference;
  } catch (error) {
    throw unreadable(image, error);
  } finally {
    await rm(nameless, { force: true });
  }
}

async function contentDigest(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest("hex");
}

async function isLoaded(sdk: Sdk, reference: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await withDeadline(sdk.Image.get(reference), 30_000, `The image ${reference}`, signal);
    return true;
  } catch (error) {
    if (vendorCode(error) === "imageNotFound") return false;
    throw error;
  }
}

async function* withoutNames(entries: AsyncIterable<TarEntry>): AsyncGenerator<TarEntry> {
  for await (const entry of entries) {
    const name = entry.name.replace(/^\.\//, "");
    if (name === "repositories") continue;
    if (name !== "manifest.json" && name !== "index.json") yield entry;
    else yield await rewritten(entry, name === "index.json" ? namelessIndex : namelessManifest);
  }
}

async function rewritten(entry: TarEntry, change: (value: unknown) => unknown): Promise<TarEntry> {
  if (entry.size > longestIndexBytes)
    throw new Error(`${entry.name} is longer than ${longestIndexBytes} bytes`);
  const pieces: Uint8Array[] = [];
  for await (const piece of entry.body) pieces.push(piece);
  const text = JSON.stringify(change(JSON.parse(Buffer.concat(pieces).toString())));
  const content = Buffer.from(text);
  return { ...entry, size: content.length, body: once(content) };
}

/** `manifest.json` of `docker save`: a list of images. */
function namelessManifest(manifest: unknown): unknown {
  return Array.isArray(manifest) ? manifest.map((image: object) => ({ ...image, RepoTags: [] })) : manifest;
}

/** `index.json` of an OCI layout. Names stand in annotations, of it or of the images in it. */
function namelessIndex(index: unknown): unknown {
  const {
    annotations: _ofIndex,
    manifests = [],
    ...rest
  } = index as { annotations?: object; manifests?: object[] };
  return {
    ...rest,
    manifests: manifests.map(({ annotations: _ofImage, ...image }: { annotations?: object }) => image),
  };
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

function unreadable(image: string, error: unknown): SandboxError {
  if (error instanceof SandboxError) return error;
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === "AbortError")
    return new SandboxError("cancelled", `The load of the image ${image} was cancelled.`, { cause: error });
  const message = (error instanceof TarFormatError ? error.message : vendorMessage(error)).replace(/\.$/, "");
  const isFull = code === "ENOSPC" || code === "EDQUOT" || /no space left/i.test(message);
  return new SandboxError(
    isFull ? "storage_full" : "image_unavailable",
    isFull
      ? `There is no room to load the image ${image}. Make some, or remove images that nobody uses (msb image prune).`
      : `The image ${image} could not be loaded: ${message}. Make it with docker save or as an OCI layout, as a plain tar.`,
    { data: { image }, cause: error },
  );
}
