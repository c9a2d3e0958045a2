import { realpath, stat } from "node:fs/promises";
import { SandboxError } from "../../src/errors/index.ts";
import type { ImageSource } from "./image-source.ts";

/** An image that is a place on the host. */
export type HostSource = Exclude<ImageSource, { readonly kind: "oci" }>;

/**
 * Makes sure that a place on the host may be an image, and is one: inside a folder that the options open, by its own path and no
 * link's, a folder or a file as its kind says. Outside of the open folders, which may be links, nothing is looked at.
 * @throws {SandboxError} unsupported, image_not_found, image_unavailable
 */
export async function checkHostPlace(
  { kind, path }: HostSource,
  openFolders: readonly string[],
): Promise<void> {
  const image = `${kind}:${path}`;
  const open = await Promise.all(openFolders.map((folder) => realpath(folder).catch(() => undefined)));
  if (!open.some((folder) => folder !== undefined && isInside(path, folder))) {
    throw new SandboxError(
      "unsupported",
      `The image ${image} lies in no folder that is open for images. Name its folder in the option hostImages of microsandboxRuntime.`,
      { data: { image, capability: "hostImages" } },
    );
  }
  const real = await realpath(path).catch((error: unknown) => Promise.reject(missing(image, error)));
  if (real !== path) {
    // A pattern of a policy was matched with the path as it was written.
    throw new SandboxError(
      "image_not_found",
      `There is no image ${image}: a part of its path is a link. Name it without.`,
      {
        data: { image },
      },
    );
  }
  const facts = await stat(path).catch((error: unknown) => Promise.reject(missing(image, error)));
  const fits = kind === "folder" ? facts.isDirectory() : facts.isFile();
  if (fits) return;
  throw new SandboxError(
    "image_not_found",
    `There is no image ${image}: it is no ${kind === "folder" ? "folder" : "file"}.`,
    {
      data: { image },
    },
  );
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function missing(image: string, cause: unknown): SandboxError {
  const { code } = cause as NodeJS.ErrnoException;
  const isMissing = code === "ENOENT" || code === "ENOTDIR";
  return new SandboxError(
    isMissing ? "image_not_found" : "image_unavailable",
    `There is no image ${image} that can be read (${code ?? "unknown error"}). Check the path, and who may read it.`,
    { data: { image }, cause },
  );
}
