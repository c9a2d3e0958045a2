import { dateOf, type RawHeader } from "./decode-header.ts";
import { parsePaxRecords } from "./pax-records.ts";
import { readTerminatedText } from "./tar-fields.ts";
import { TarFormatError } from "./tar-format-error.ts";

/** Room for two paths of 4 KiB and the largest extended attributes that Linux allows, many times over. */
const maxExtensionBytes = 1 << 20;

/** What the blocks before an entry say about it: PAX records and GNU long names. */
export interface Extensions {
  /** Whether a header is such a block and not an entry. */
  owns(raw: RawHeader): boolean;
  /** The size of the block's content. @throws {TarFormatError} malformed when it is unreasonable */
  checkedSize(raw: RawHeader): number;
  add(raw: RawHeader, content: Uint8Array): void;
  /** The entry with what was said about it, which is then forgotten. */
  apply(raw: RawHeader): RawHeader;
  /** @throws {TarFormatError} malformed when something was said about an entry that never came */
  expectNone(): void;
}

/** Extensions of an archive that is being read; nothing is kept beyond one entry. */
export function createExtensions(): Extensions {
  const pending = new Map<string, string>();
  const seen = new Set<string>();

  return {
    owns: (raw) => "xgLK".includes(raw.typeFlag),
    checkedSize: (raw) => {
      if (raw.size <= maxExtensionBytes) return raw.size;
      throw malformed(`The metadata of an entry takes ${raw.size} bytes; the limit is ${maxExtensionBytes}.`);
    },
    add: (raw, content) => {
      if (raw.typeFlag === "g") return checkGlobals(parsePaxRecords(content));
      if (seen.has(raw.typeFlag)) throw malformed("An entry has its metadata twice.");
      seen.add(raw.typeFlag);
      if (raw.typeFlag === "x") {
        for (const [key, value] of parsePaxRecords(content)) pending.set(key, value);
      } else {
        const key = raw.typeFlag === "L" ? "path" : "linkpath";
        if (!pending.has(key)) pending.set(key, readTerminatedText(content));
      }
    },
    apply: (raw) => {
      if ([...pending.keys()].some((key) => key.startsWith("GNU.sparse."))) {
        throw malformed("Sparse files are not supported.");
      }
      const path = pending.get("path");
      const target = pending.get("linkpath");
      const size = pending.get("size");
      const modifiedAt = pending.get("mtime");
      pending.clear();
      seen.clear();
      const name = path ?? raw.name;
      const hasTarget = raw.type === "symlink" || raw.type === "link";
      return {
        ...raw,
        name,
        type: raw.type === "file" && name.endsWith("/") ? "directory" : raw.type,
        linkName: hasTarget ? (target ?? raw.linkName) : "",
        size: size === undefined ? raw.size : sizeOf(size),
        modifiedAt: modifiedAt === undefined ? raw.modifiedAt : dateOf(Number(modifiedAt)),
      };
    },
    expectNone: () => {
      if (seen.size > 0) throw malformed("The archive ends in the metadata of an entry that never comes.");
    },
  };
}

/** Global records may carry comments; a name or size for every entry at once is only ever a trick. */
function checkGlobals(records: ReadonlyMap<string, string>): void {
  for (const key of ["path", "linkpath", "size"]) {
    if (records.has(key)) throw malformed(`A global header sets ${key} for all entries.`);
  }
}

function sizeOf(text: string): number {
  const size = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw malformed("The size of an entry is not a number.");
  return size;
}

function malformed(message: string): TarFormatError {
  return new TarFormatError("malformed", message);
}
