const maxShownCharacters = 120;

/** A path as it may stand in a message: in quotes, control and bidirectional characters escaped, the middle of a long one left out. */
export function quotedPath(path: string): string {
  const characters = [...path];
  const half = maxShownCharacters / 2;
  const shown =
    characters.length <= maxShownCharacters
      ? path
      : `${characters.slice(0, half).join("")}…${characters.slice(-half).join("")}`;
  return `"${shown.replace(/[\p{C}\p{Zl}\p{Zp}"\\]/gu, escaped)}"`;
}

function escaped(character: string): string {
  if (character === '"' || character === "\\") return `\\${character}`;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
