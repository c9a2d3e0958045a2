/** `malformed`: the bytes are no archive that this reader accepts. `truncated`: they end before the archive does. */
export type TarDefect = "malformed" | "truncated";

/** A stream of bytes is not a whole and well-formed tar archive. */
export class TarFormatError extends Error {
  override readonly name = "TarFormatError";
  readonly defect: TarDefect;

  constructor(defect: TarDefect, message: string) {
    super(message);
    this.defect = defect;
  }
}
