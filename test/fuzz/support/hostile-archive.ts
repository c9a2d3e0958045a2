import { type RawEntry, rawEnd, rawEntry, rawLongName, rawPax } from "../../util/tar/raw-tar.ts";
import type { Random } from "./random.ts";

const tame = ["a", "b", "c", "d", "e", "f", "g", "x".repeat(90), "ü", "\n"];
const wild = ["..", ".", "", "l", "\0", "\u202e", "c:", "a\\b", "x".repeat(300)];
const types = ["0", "0", "0", "5", "5", "2", "2", "1", "\0", "3", "6", "x", "g", "L", "K", "S", "7"];
const targets = [
  "a",
  "../a",
  "..",
  "a/l",
  "../..",
  "/etc/passwd",
  "l/../..",
  "d/../../e",
  "../../e",
  "c:\\a",
  "",
];

/** An archive of names, links and types that nobody honest puts together; many are damaged further. */
export function hostileArchive(random: Random): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let count = random.below(8); count > 0; count -= 1) parts.push(...hostileEntry(random));
  const archive = Buffer.concat([...parts, rawEnd]);
  for (let count = random.oneIn(4) ? random.below(6) : 0; count > 0; count -= 1) {
    archive[random.below(archive.length)] = random.below(256);
  }
  if (random.oneIn(10))
    archive.copyWithin(512 * random.below(4), 512 * random.below(4), 512 * random.between(4, 8));
  return random.oneIn(10) ? archive.subarray(0, random.below(archive.length)) : archive;
}

function hostileEntry(random: Random): Uint8Array[] {
  const name = () => {
    const rest = Array.from({ length: random.below(4) }, () => random.one(random.oneIn(25) ? wild : tame));
    return [random.oneIn(60) ? random.one(["", "/", "..", "./"]) : random.one(tame), ...rest].join("/");
  };
  const extensions = [
    () => rawPax({ path: name(), ...(random.oneIn(2) ? { size: String(random.below(2000)) } : {}) }),
    () => rawLongName(name(), random.one(["L", "K"])),
    () => rawPax({ linkpath: random.one(targets) }),
  ];
  const type = random.oneIn(2) ? random.one(types) : "0";
  const hasBody = type === "0" || type === "x";
  const entry: RawEntry = {
    name: name(),
    type,
    body: hasBody ? "x".repeat(random.oneIn(4) ? random.below(1500) : random.below(20)) : "",
    linkName: "12K".includes(type) ? (random.oneIn(2) ? name() : random.one(targets)) : "",
    mode: random.below(random.oneIn(4) ? 0o10000 : 0o1000),
  };
  return random.oneIn(6) ? [random.one(extensions)(), rawEntry(entry)] : [rawEntry(entry)];
}
