import { styleText } from "node:util";

/** The few styles in use. */
export type Style = "bold" | "dim" | "green" | "red" | "yellow";

/** Colours a text, or leaves it as it is. */
export type Stylist = (style: Style, text: string) => string;

/** Whether a stream may be given colours: a terminal, and neither NO_COLOR nor a dumb one. */
export function hasColors(stream: { readonly isTTY?: boolean }): boolean {
  const { NO_COLOR, TERM } = process.env;
  return stream.isTTY === true && (NO_COLOR === undefined || NO_COLOR === "") && TERM !== "dumb";
}

/** The stylist for a stream; `allowed` is false under --no-color. */
export function createStylist(stream: { readonly isTTY?: boolean }, allowed: boolean): Stylist {
  if (!allowed || !hasColors(stream)) return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}
