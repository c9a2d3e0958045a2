import { stringMap } from "./fields.ts";

/**
 * The longest single argument or environment entry of a program, its final NUL included: MAX_ARG_STRLEN, 32 pages of
 * 4 KiB (https://man7.org/linux/man-pages/man2/execve.2.html).
 */
export const maxArgumentBytes = 131_072;

/** The environment of a sandbox or a command. */
export function environment() {
  return stringMap({
    maxEntries: 1024,
    isKey: (name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name),
    isValue: (value, name) =>
      !value.includes("\0") && name.length + Buffer.byteLength(value) + 2 <= maxArgumentBytes,
    keyRule: "must match [A-Za-z_][A-Za-z0-9_]*",
    valueRule: `must be a string without NUL bytes, with its name shorter than ${maxArgumentBytes} bytes`,
  });
}

/** The caller's labels. */
export function labelMap() {
  return stringMap({
    maxEntries: 64,
    isKey: (key) => key.length >= 1 && key.length <= 128 && isLabelText(key),
    isValue: (value) => value.length <= 4096 && isLabelText(value),
    keyRule: "must have 1 to 128 characters, no NUL and no lone surrogate, and not be __proto__",
    valueRule: "must be a string of at most 4096 characters without NUL and lone surrogates",
  });
}

// Anything else is allowed, but these two do not come back unchanged from every store.
function isLabelText(value: string): boolean {
  return !value.includes("\0") && value.isWellFormed();
}
