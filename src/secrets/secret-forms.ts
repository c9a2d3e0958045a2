/** Values shorter than this many bytes of UTF-8 are found everywhere by chance, and are not looked for. */
export const smallestRedactableBytes = 6;

/** Whether the output can be searched for a value: it has six bytes at least. */
export function isRedactable(value: string): boolean {
  return Buffer.byteLength(value) >= smallestRedactableBytes;
}

/**
 * Every text in which a value is looked for: as it is, in Base64, URL-encoded and escaped for JSON. Each form that is the same as
 * another is there once. In Base64, what is looked for is what the value alone decides: up to one character before and after it also
 * depends on its neighbours.
 */
export function secretForms(value: string): Set<string> {
  return new Set([value, ...base64Forms(value), ...urlForms(value), ...jsonForms(value)]);
}

function* base64Forms(value: string): Generator<string> {
  const bytes = Buffer.from(value);
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const first = Math.ceil((before * 8) / 6);
    const decided = Math.floor(((before + bytes.length) * 8) / 6);
    // At its end, the text may also stop, with or without padding.
    for (const end of [decided, encoded.indexOf("="), encoded.length]) {
      if (end < decided) continue;
      const form = encoded.slice(first, end);
      yield form;
      yield form.replaceAll("+", "-").replaceAll("/", "_");
      if (before === 0) yield* lineWidths.map((width) => inLines(form, width));
    }
  }
}

/** Of openssl, and of base64 and MIME: where the lines end is known when a value stands alone. */
const lineWidths = [64, 76];

function inLines(text: string, width: number): string {
  return text.replace(new RegExp(`.{${width}}(?=.)`, "g"), "$&\n");
}

/** Bytes that an encoder leaves as they are, beside letters and digits. */
const unescapedSets = {
  "RFC 3986": "-._~",
  "Python's quote": "-._~/",
  encodeURIComponent: "-._~!'()*",
  encodeURI: "-._~!'()*;/?:@&=+$,#",
  "form of WHATWG": "-._*",
};

function* urlForms(value: string): Generator<string> {
  const bytes = Buffer.from(value);
  for (const unescaped of Object.values(unescapedSets)) {
    const keep = (byte: number) => /[A-Za-z0-9]/.test(ascii(byte)) || unescaped.includes(ascii(byte));
    for (const form of bothCases(bytes, keep)) {
      yield form;
      yield form.replaceAll("%20", "+");
    }
  }
  yield* bothCases(bytes, () => false);
}

function ascii(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte) : "\0";
}

function bothCases(bytes: Uint8Array, keep: (byte: number) => boolean): string[] {
  const percent = (byte: number, isUpper: boolean) => {
    const hex = byte.toString(16).padStart(2, "0");
    return `%${isUpper ? hex.toUpperCase() : hex}`;
  };
  return [true, false].map((isUpper) =>
    Array.from(bytes, (byte) => (keep(byte) ? ascii(byte) : percent(byte, isUpper))).join(""),
  );
}

/** What encoders of JSON escape beyond what they must: nothing, all but ASCII (Python, PHP), what is special in HTML (Go), or both. */
const escapedToo = [/(?!)/g, /[^ -~]/g, /[<>&\u2028\u2029]/g, /[^ -~]|[<>&]/g];

function* jsonForms(value: string): Generator<string> {
  const plain = JSON.stringify(value).slice(1, -1);
  for (const pattern of escapedToo) {
    for (const isUpper of [false, true]) {
      const escaped = plain.replace(pattern, (text) => unicodeEscape(text, isUpper));
      yield escaped;
      yield escaped.replaceAll("/", "\\/");
    }
  }
}

function unicodeEscape(unit: string, isUpper: boolean): string {
  const hex = unit.charCodeAt(0).toString(16).padStart(4, "0");
  return `\\u${isUpper ? hex.toUpperCase() : hex}`;
}
