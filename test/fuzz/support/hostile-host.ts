import type { Random } from "./random.ts";

const dots = [".", "。", "．", "｡", "..", "%2e", ""];
const insertions = [
  ..."\0 \t \n \r\n \u007f \u0085 \ufeff \u200b \u200d \u00ad \u0301 \ud800 \udfff".split(" "),
  ...[" ", "\u00a0", "\u3000", "\u2028"],
  ..."% %00 %2f @ evil.test@ @evil.test / \\ ? # ／ ＠ ％ ？ ＃ ℀ ⁄".split(" "),
  ...": :443 ： [ ] [::1] * *. , ; ' ` | < ^ { ~ ! $ &".split(" "),
  ..."ß ſ K İ ı a xn-- - _ 💩 א ⓐ ①".split(" "),
];
const labels = "allowed test evil www a xn--bcher-kva bücher 0 127 0x7f localhost".split(" ");
const numbers = "0 1 127 255 256 0177 0x7f 0X7F 08 0x 65535 2130706433 4294967295".split(" ");
const groups = ["", "", ..."0 1 ffff 7f00 FFFF 2001 db8 fe80 64 ff9b 127.0.0.1 1%eth0".split(" ")];

/** A host as somebody writes it who wants it to be read in two ways; often one that means `listed`. */
export function hostileHost(random: Random, listed: string): string {
  const made = random.one([
    () => disguised(random, listed),
    () => disguised(random, listed),
    () => joined(random, labels, () => random.one(dots)),
    () => joined(random, numbers, () => (random.oneIn(8) ? random.one(dots) : ".")),
    () => bracketed(random, ipv6(random)),
    () => anyText(random),
  ])();
  return random.oneIn(3) ? inserted(random, made) : made;
}

function disguised(random: Random, listed: string): string {
  const strength = random.between(1, 12);
  const text = [...listed].map((character) => {
    if (!random.oneIn(strength)) return character;
    if (character === ".") return random.one(dots);
    const code = character.codePointAt(0) as number;
    return random.one([
      character.toUpperCase(),
      String.fromCodePoint(code + 0xfee0),
      String.fromCodePoint(0x24d0 + code - 97),
    ]);
  });
  const before = random.oneIn(8) ? random.one(["a.", "a", ".", "evil.test.", "www."]) : "";
  return (
    before +
    text.join("") +
    (random.oneIn(6) ? random.one([".", "。", "..", ".evil.test", "evil", ".a"]) : "")
  );
}

function joined(random: Random, parts: readonly string[], separator: () => string, most = 5): string {
  let text = random.one(parts);
  for (let count = random.below(most); count > 0; count -= 1) text += separator() + random.one(parts);
  return text;
}

/** Mostly of as many groups as an address has. */
function ipv6(random: Random): string {
  const before = joined(random, groups, () => ":", 4);
  const mapped = () => `::ffff:${random.one(["127.0.0.1", "7f00:1", "a9fe:a9fe", "0:127.0.0.1"])}`;
  return random.one([
    () => `${before}::${random.one(groups)}`,
    () => joined(random, groups, () => ":", 9),
    mapped,
  ])();
}

function bracketed(random: Random, text: string): string {
  return random.oneIn(2) ? `[${text}]` : text;
}

function inserted(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.one(insertions) + text.slice(at);
}

function anyText(random: Random): string {
  const limits = [0x80, 0x100, 0x3100, 0x10000, 0x110000];
  const length = random.oneIn(20) ? random.below(400) : random.below(12);
  return Array.from({ length }, () => String.fromCodePoint(random.below(random.one(limits)))).join("");
}
