import { hostImage } from "../../runtime/index.ts";
import { globCovers, globMatches } from "./glob.ts";

/**
 * Whether a pattern of `images.allow` matches an image. A place on the host is matched only by a pattern that names its kind and begins
 * with a slash (`folder:/srv/images/*`): `**` means every reference, not every folder of the host.
 */
export function imageMatches(pattern: string, image: string): boolean {
  return kindOf(pattern) === kindOf(image) && globMatches(pattern, image, "path");
}

/** Whether every image that `inner` matches is matched by `outer`. */
export function imageCovers(outer: string, inner: string): boolean {
  return kindOf(outer) === kindOf(inner) && globCovers(outer, inner, "path");
}

function kindOf(text: string): string | undefined {
  return hostImage(text)?.kind;
}
