import type { FileEntry, FileKind, FileStat } from "../runtime-files.ts";

const kindMask = 0o170000;
const kinds = new Map<number, FileKind>([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
]);

/** Reads what the script `stat` prints; undefined when it is something else. */
export function parseStat(output: Uint8Array): FileStat | undefined {
  const text = decode(output);
  const end = text.indexOf("\n");
  const facts = parseFacts(text.slice(0, Math.max(end, 0)));
  if (facts === undefined) return undefined;
  return facts.kind === "symlink" ? { ...facts, linkTarget: text.slice(end + 1) } : facts;
}

/** Reads what the script `list` prints, sorted by name; undefined when it is something else. */
export function parseListing(output: Uint8Array, mark: string): FileEntry[] | undefined {
  const records = decode(output).split(`${mark}\n`);
  if (records.pop() !== "") return undefined;
  const entries: FileEntry[] = [];
  for (const record of records) {
    const entry = parseRecord(record);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function parseRecord(record: string): FileEntry | undefined {
  const [, numbers = "", name = "", rest = ""] = /^([^/]*) \.\/([^/]+)\/(.*)$/s.exec(record) ?? [];
  const facts = parseFacts(numbers);
  if (facts === undefined) return undefined;
  if (facts.kind !== "symlink") return { name, ...facts };
  const linkTarget = targetOf(rest, `./${name}`);
  return linkTarget === undefined ? undefined : { name, ...facts, linkTarget };
}

/** GNU stat writes `name -> target`, BusyBox and old GNU versions `'name' -> 'target'`. */
function targetOf(text: string, name: string): string | undefined {
  const plain = `${name} -> `;
  if (text.startsWith(plain)) return text.slice(plain.length);
  const quoted = `'${name}' -> '`;
  return text.startsWith(quoted) && text.endsWith("'") ? text.slice(quoted.length, -1) : undefined;
}

function parseFacts(text: string): FileStat | undefined {
  const match = /^([0-9a-f]+) (\d+) (-?\d+)$/.exec(text);
  if (match === null) return undefined;
  const mode = Number.parseInt(match[1] ?? "", 16);
  const kind = kinds.get(mode & kindMask) ?? "other";
  return {
    kind,
    size: kind === "file" ? Number(match[2]) : 0,
    mode: mode & 0o7777,
    modifiedAt: new Date(Number(match[3]) * 1000),
  };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
