/** Fields read one after the other. What goes beyond the end is read as zeros or nothing, and is remembered. */
export interface ByteFields {
  /** Bytes not read yet. */
  readonly left: number;
  /** More was asked for than there was. */
  readonly isShort: boolean;
  /** A number of so many bytes, the highest first. */
  number(size: number): number;
  bytes(length: number): Uint8Array;
  /** The content behind a length of so many bytes. */
  block(lengthSize: number): ByteFields;
  /** All that is left. */
  rest(): Uint8Array;
}

/** Reads the fields of `source`. */
export function createByteFields(source: Uint8Array): ByteFields {
  let at = 0;
  let isShort = false;
  const bytes = (length: number) => {
    if (length > source.length - at) {
      isShort = true;
      at = source.length;
      return new Uint8Array(0);
    }
    at += length;
    return source.subarray(at - length, at);
  };
  const number = (size: number) => bytes(size).reduce((value, byte) => value * 256 + byte, 0);
  return {
    get left() {
      return source.length - at;
    },
    get isShort() {
      return isShort;
    },
    number,
    bytes,
    block: (lengthSize) => createByteFields(bytes(number(lengthSize))),
    rest: () => bytes(source.length - at),
  };
}
