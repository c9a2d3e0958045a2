import type { TarEntry } from "../../util/tar/index.ts";
import type { TransferSummary } from "../sandbox-files.ts";

/** Entries that are handed on, counted as they pass. */
export interface CountedEntries {
  readonly entries: AsyncIterable<TarEntry>;
  summary(): TransferSummary;
}

/** Counts files (hard links are files, too) and the bytes of their content. */
export function countEntries(source: AsyncIterable<TarEntry>): CountedEntries {
  let files = 0;
  let bytes = 0;
  const entries = async function* () {
    for await (const entry of source) {
      if (entry.type === "file" || entry.type === "link") files += 1;
      bytes += entry.size;
      yield entry;
    }
  };
  return { entries: entries(), summary: () => ({ files, bytes }) };
}
