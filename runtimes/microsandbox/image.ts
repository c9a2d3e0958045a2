import { cancelled, isSandboxError, SandboxError } from "../../src/errors/index.ts";
import type { CreateOptions, RuntimeSpec } from "../../src/runtime/index.ts";
import { copyDisk } from "./copy-disk.ts";
import { checkHostPlace } from "./host-place.ts";
import { parseImageSource } from "./image-source.ts";
import { loadArchive } from "./load-archive.ts";
import { pullingCreate, type VendorBuilder } from "./pulling-create.ts";
import type { Sdk, VendorSandbox } from "./sdk.ts";

/** When the vendor may ask a registry. */
export type PullPolicy = "missing" | "never" | "always";

/** What {@link prepareImage} needs beside the image. */
export interface PrepareImageOptions extends CreateOptions {
  readonly pull: PullPolicy;
  readonly profile: RuntimeSpec["profile"];
  /** An existing folder that is the sandbox's own and removed with it: private copies live there. */
  readonly diskFolder: string;
  /** Folders of the host in which images may lie. @default none */
  readonly hostImages?: readonly string[];
}

/** An image that is there, or will be when the microVM is made. */
export interface PreparedImage {
  /** The root file system is shared with the host, so the guest must make it read-only before any command runs. */
  readonly isReadOnly: boolean;
  /** Sets the root file system of a microVM. */
  readonly apply: (builder: VendorBuilder) => VendorBuilder;
  /**
   * Makes the microVM, pulling first where that is needed. A microVM that comes into being after the call was cancelled is destroyed.
   * @throws {SandboxError} image_not_found, image_unavailable, cancelled; what else the vendor says of creating a sandbox
   */
  readonly create: (builder: VendorBuilder) => Promise<VendorSandbox>;
}

/**
 * Makes sure of the image of a spec: a place on the host is checked, a disk copied, an archive loaded; a reference is left to `create`.
 * Of a failure nothing is left.
 * @throws {SandboxError} invalid_argument, unsupported, image_not_found, image_unavailable, storage_full, cancelled
 */
export async function prepareImage(
  sdk: Sdk,
  image: string,
  options: PrepareImageOptions,
): Promise<PreparedImage> {
  const { pull, profile, diskFolder, hostImages = [], signal } = options;
  const source = parseImageSource(image);
  const create = (builder: VendorBuilder) => pullingCreate(builder, { ...options, image });
  if (source.kind === "oci") {
    const policy = pull === "missing" ? "if-missing" : pull;
    return {
      isReadOnly: false,
      apply: (builder) => builder.image(source.reference).pullPolicy(policy),
      create,
    };
  }
  await checkHostPlace(source, hostImages);
  if (source.kind === "folder") {
    if (profile === "root") throw sharedFolder(image);
    const bind: PreparedImage["apply"] = (builder) => builder.imageWith((place) => place.bind(source.path));
    return { isReadOnly: true, apply: bind, create };
  }
  if (source.kind === "disk") {
    const copy = `${diskFolder}/root.${source.format}`;
    await copyDisk(source.path, copy, signal).catch((error: unknown) =>
      Promise.reject(copyError(image, error)),
    );
    return { isReadOnly: false, apply: (builder) => builder.imageWith((place) => place.disk(copy)), create };
  }
  const reference = await loadArchive(sdk, source.path, { folder: diskFolder, signal });
  if (signal?.aborted) throw cancelled(`The load of the image ${image}`, signal);
  return { isReadOnly: false, apply: (builder) => builder.image(reference).pullPolicy("never"), create };
}

/**
 * The same for a sandbox that is made from a snapshot of the vendor's, by name or path. What the snapshot was taken of is needed too, and
 * pulled where it is missing.
 */
export function prepareSnapshot(
  snapshot: string,
  { image, pull, ...options }: CreateOptions & { readonly image: string; readonly pull: PullPolicy },
): PreparedImage {
  const policy = pull === "never" || image.startsWith("archive:") ? "never" : "if-missing";
  return {
    isReadOnly: false,
    apply: (builder) => builder.fromSnapshot(snapshot).pullPolicy(policy),
    create: (builder) => pullingCreate(builder, { ...options, image }),
  };
}

function sharedFolder(image: string): SandboxError {
  return new SandboxError(
    "unsupported",
    `The image ${image} is shared with the host, so no root inside may write to it. Use the profile restricted, or a disk or archive.`,
    { data: { image, capability: "hostImages" } },
  );
}

function copyError(image: string, error: unknown): SandboxError {
  if (isSandboxError(error)) return error;
  const { code = "unknown error" } = error as NodeJS.ErrnoException;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  return new SandboxError(
    isFull ? "storage_full" : "image_unavailable",
    `The image ${image} could not be copied (${code}). ${isFull ? "Make room for a copy of it." : "Check who may read it."}`,
    { data: { image }, cause: error },
  );
}
