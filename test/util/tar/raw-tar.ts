/** Fields of a header as they are written, valid or not. */
export interface RawEntry {
  readonly name?: string | Uint8Array;
  readonly type?: string;
  readonly size?: number | string;
  readonly mode?: number | string;
  readonly modifiedAt?: number | string;
  readonly linkName?: string;
  readonly prefix?: string;
  readonly magic?: string;
  readonly uid?: number;
  /** The sum is computed unless it is given. */
  readonly checksum?: number;
  readonly body?: string | Uint8Array;
}

/** A header block, its body and padding, written by hand so that anything can be put into it. */
export function rawEntry(entry: RawEntry): Uint8Array {
  const body = typeof entry.body === "string" ? Buffer.from(entry.body) : (entry.body ?? Buffer.alloc(0));
  const block = Buffer.alloc(512);
  const put = (offset: number, length: number, value: string | Uint8Array) => {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    block.set(bytes.subarray(0, length), offset);
  };
  const number = (offset: number, length: number, value: number | string) =>
    put(offset, length, typeof value === "string" ? Buffer.from(value, "latin1") : octal(value, length));
  put(0, 100, entry.name ?? "file");
  number(100, 8, entry.mode ?? 0o644);
  number(108, 8, entry.uid ?? 0);
  number(116, 8, 0);
  number(124, 12, entry.size ?? body.length);
  number(136, 12, entry.modifiedAt ?? 1_700_000_000);
  put(156, 1, Buffer.from(entry.type ?? "0", "latin1"));
  put(157, 100, entry.linkName ?? "");
  put(257, 8, entry.magic ?? "ustar\u000000");
  put(345, 155, entry.prefix ?? "");
  block.fill(" ", 148, 156);
  const sum = entry.checksum ?? block.reduce((total, byte) => total + byte, 0);
  put(148, 8, `${sum.toString(8).padStart(6, "0")}\0 `);
  return Buffer.concat([block, body, Buffer.alloc(-body.length & 511)]);
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, "0")}\0`;
}

/** A PAX extended header with those records. */
export function rawPax(records: Readonly<Record<string, string>>, type: "x" | "g" = "x"): Uint8Array {
  const body = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return rawEntry({ name: "PaxHeader", type, body: Buffer.concat(body) });
}

function paxRecord(key: string, value: string): Uint8Array {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** A GNU long name (`L`) or long link target (`K`). */
export function rawLongName(name: string, type: "L" | "K" = "L"): Uint8Array {
  return rawEntry({ name: "././@LongLink", type, body: `${name}\0` });
}

/** The two empty blocks at the end. */
export const rawEnd: Uint8Array = Buffer.alloc(1024);

/** A whole archive of such entries. */
export function rawTar(...parts: readonly (RawEntry | Uint8Array)[]): Uint8Array {
  return Buffer.concat([
    ...parts.map((part) => (part instanceof Uint8Array ? part : rawEntry(part))),
    rawEnd,
  ]);
}

/** Bytes as a stream of chunks of that size. */
export async function* chunked(bytes: Uint8Array, size = 65536): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}
