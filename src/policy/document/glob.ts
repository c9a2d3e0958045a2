const anySegment = Symbol("any characters but the separator");
const anything = Symbol("any characters");

type Token = string | typeof anySegment | typeof anything;

/** In image patterns `*` stops at a slash and `**` does not; elsewhere `*` stands for any characters. */
export type GlobKind = "path" | "text";

/** Whether a pattern matches a text. */
export function globMatches(pattern: string, text: string, kind: GlobKind): boolean {
  return covers(tokensOf(pattern, kind), [...text]);
}

/** Whether everything that `inner` matches is matched by `outer`. May say no where that is so, never yes where it is not. */
export function globCovers(outer: string, inner: string, kind: GlobKind): boolean {
  return covers(tokensOf(outer, kind), tokensOf(inner, kind));
}

/** Whether a text is a pattern, not an exact name. */
export function isGlob(text: string): boolean {
  return text.includes("*");
}

// Filled row by row, so that hostile patterns cost the product of the lengths and no more.
function covers(outer: readonly Token[], inner: readonly Token[]): boolean {
  let reached = new Array<boolean>(inner.length + 1).fill(false);
  reached[0] = true;
  for (const token of outer) {
    const next = new Array<boolean>(inner.length + 1).fill(false);
    for (let at = 0; at <= inner.length; at++) {
      const given = at === 0 ? undefined : inner[at - 1];
      if (typeof token === "string") next[at] = at > 0 && reached[at - 1] === true && given === token;
      else next[at] = reached[at] === true || (at > 0 && next[at - 1] === true && absorbs(token, given));
    }
    reached = next;
  }
  return reached[inner.length] === true;
}

function absorbs(token: typeof anySegment | typeof anything, given: Token | undefined): boolean {
  return token === anything || (given !== "/" && given !== anything);
}

function tokensOf(pattern: string, kind: GlobKind): Token[] {
  const tokens: Token[] = [];
  for (const part of pattern.match(/\*+|[^*]/gu) ?? []) {
    if (!part.startsWith("*")) tokens.push(part);
    else tokens.push(kind === "text" || part.length > 1 ? anything : anySegment);
  }
  return tokens;
}
