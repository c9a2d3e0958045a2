import { hostImage } from "../../runtime/index.ts";

/** Whether an image is named by what it is, not by a tag that can be moved. */
export function hasDigest(image: string): boolean {
  return hostImage(image) === undefined && /@sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(image);
}
