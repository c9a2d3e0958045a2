import { unsafeEntry } from "./archive-error.ts";

const maxNameBytes = 4096;
const maxSegmentBytes = 255;

/** What separates, ends or redirects a name on Windows though it is an ordinary character elsewhere. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const specialOnWindows = /[\\:*?"<>|\u0000-\u001f]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * The segments of a name in an archive, none for the root. Slashes at the end, doubled ones and `.` count for nothing.
 * @throws {SandboxError} unsafe_archive for a name that is not one of a place below the root
 */
export function entrySegments(name: string, windows: boolean): string[] {
  if (name === "") throw unsafeEntry(name, "has no name");
  if (name.includes("\0")) throw unsafeEntry(name, "has a NUL character in its name");
  if (name.startsWith("/")) throw unsafeEntry(name, "has an absolute name");
  if (Buffer.byteLength(name) > maxNameBytes)
    throw unsafeEntry(name, `has a name of more than ${maxNameBytes} bytes`);
  const segments = name.split("/").filter((segment) => segment !== "" && segment !== ".");
  for (const segment of segments) {
    if (segment === "..") throw unsafeEntry(name, 'has ".." in its name');
    if (Buffer.byteLength(segment) > maxSegmentBytes) {
      throw unsafeEntry(name, `has a part of more than ${maxSegmentBytes} bytes in its name`);
    }
    if (windows && specialOnWindows.test(segment))
      throw unsafeEntry(name, "has a name that Windows cannot hold");
  }
  return segments;
}

/**
 * Checks that a symlink which lies `depth` folders below the root stays below it, wherever other such links lead.
 * `..` is allowed only at the start of the target: there it counts real folders; after the name of another link it would count from
 * wherever that one leads. @throws {SandboxError} unsafe_archive
 */
export function checkLinkTarget(name: string, target: string, depth: number, windows: boolean): void {
  if (target === "") throw unsafeEntry(name, "is a symlink to nothing");
  if (target.includes("\0")) throw unsafeEntry(name, "is a symlink to a name with a NUL character");
  if (Buffer.byteLength(target) > maxNameBytes)
    throw unsafeEntry(name, "is a symlink to a name that is too long");
  if (target.startsWith("/")) throw unsafeEntry(name, "is a symlink to an absolute path");
  if (windows && /[\\:]/.test(target))
    throw unsafeEntry(name, "is a symlink that Windows would read as another path");
  const segments = target.split("/").filter((segment) => segment !== "" && segment !== ".");
  const firstName = segments.findIndex((segment) => segment !== "..");
  const climbs = firstName === -1 ? segments.length : firstName;
  if (climbs > depth) throw unsafeEntry(name, "is a symlink that points out of the folder");
  if (segments.includes("..", climbs)) {
    throw unsafeEntry(name, 'is a symlink with ".." after a name, which may lead out of the folder');
  }
}
