import { SandboxError } from "../../src/errors/index.ts";
import { hostImage, hostPathProblem } from "../../src/runtime/index.ts";

/** Where the root file system of a sandbox comes from. Paths are absolute and normal. */
export type ImageSource =
  | { readonly kind: "oci"; readonly reference: string }
  | { readonly kind: "folder" | "archive"; readonly path: string }
  | { readonly kind: "disk"; readonly path: string; readonly format: DiskFormat };

/** The formats of disk images, as the endings of their names. */
export type DiskFormat = "raw" | "qcow2" | "vmdk";

const forms =
  "Use an OCI reference such as python:3.11-slim, folder:/path, disk:/path.raw (.qcow2, .vmdk) or archive:/path.tar.";

/**
 * Reads the image of a spec. The vendor takes a text that begins like a path, or ends like a disk image, for a place on the host; here a
 * place is one only when its kind is named, and everything else must be a reference. @throws {SandboxError} invalid_argument
 */
export function parseImageSource(image: string): ImageSource {
  const place = hostImage(image);
  if (place === undefined) return ociSource(image);
  const { kind, path } = place;
  const problem = hostPathProblem(path);
  if (problem !== undefined) throw invalidImage(image, `its path ${problem}.`);
  if (kind !== "disk") return { kind, path };
  const format = /\.(raw|qcow2|vmdk)$/.exec(path)?.[1] as DiskFormat | undefined;
  if (format === undefined)
    throw invalidImage(image, "a disk image is told by its ending: .raw, .qcow2 or .vmdk.");
  return { kind, path, format };
}

function ociSource(image: string): ImageSource {
  if (/^[./\\~]|^[A-Za-z]:[\\/]|[\\\s\0]|(^|[/:])\.\.?([/:]|$)/.test(image) || image === "")
    throw invalidImage(image, `a path on the host needs its kind before it. ${forms}`);
  if (/^(folder|disk|archive|file|oci|docker|docker-archive|dir):(?![\w.-]+$)/.test(image))
    throw invalidImage(image, `it is no reference, and no place on the host either. ${forms}`);
  return { kind: "oci", reference: image };
}

function invalidImage(image: string, problem: string): SandboxError {
  return new SandboxError(
    "invalid_argument",
    `The image ${JSON.stringify(image)} cannot be used: ${problem}`,
    {
      data: { field: "image", image },
    },
  );
}
