/** The few forms of ASN.1's distinguished encoding (ITU-T X.690) that a certificate needs. */
const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
};

/** A tag, a length and what is in it. */
export function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const digits: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Buffer.concat([Buffer.of(tag, 0x80 | digits.length, ...digits), content]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(tags.sequence, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return tagged(tags.set, ...parts);
}

/** An integer of these bytes; the first is below 0x80, so that it is not negative. */
export function integer(bytes: Uint8Array): Buffer {
  return tagged(tags.integer, bytes);
}

export function boolean(value: boolean): Buffer {
  return tagged(tags.boolean, Buffer.of(value ? 0xff : 0));
}

export function utf8String(text: string): Buffer {
  return tagged(tags.utf8String, Buffer.from(text));
}

export function octetString(bytes: Uint8Array): Buffer {
  return tagged(tags.octetString, bytes);
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return tagged(tags.bitString, Buffer.of(unusedBits), bytes);
}

/** Such as `2.5.29.17`. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      septets.unshift((left % 128) | 0x80);
    }
    return septets;
  });
  return tagged(tags.objectIdentifier, Buffer.from(bytes));
}

/** In whole seconds. Two digits for the year until 2049, as RFC 5280, 4.1.2.5, demands. */
export function time(at: Date): Buffer {
  const text = `${at.toISOString().replaceAll(/[-:T]|\.\d+/g, "")}`;
  const isShort = at.getUTCFullYear() < 2050;
  return tagged(isShort ? tags.utcTime : tags.generalizedTime, Buffer.from(isShort ? text.slice(2) : text));
}
