/**
 * JSON in which every character beyond printable ASCII is escaped, so that no text in it can break its line or steer a terminal:
 * line ends, ANSI sequences, C1 controls, bidirectional overrides, lone surrogates.
 */
export function asciiJson(value: unknown): string {
  // JSON.stringify itself escapes what lies below U+0020.
  return (JSON.stringify(value) ?? "null").replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
