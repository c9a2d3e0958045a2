/** A piece of TypeScript: a word, a punctuation mark, or the value of a plain string literal. */
export interface Token {
  readonly kind: "word" | "mark" | "string";
  readonly text: string;
  /** How many brackets of any kind are open around it. */
  readonly depth: number;
}

const word = /[\p{ID_Start}$_#][\p{ID_Continue}$]*/uy;
const number = /\d[\w.]*/y;
const space = /\s+/y;
const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const text = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const regularExpression = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

/** Words after which a slash begins a regular expression; after any other word it divides. */
const beforeExpression = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "await",
  "yield",
  "void",
  "delete",
]);

/** Splits source code into tokens; comments, numbers, regular expressions and the text of templates are left out. */
export function tokens(source: string): Token[] {
  const found: Token[] = [];
  let depth = 0;
  let at = 0;
  /** Depths at which a template goes on when its `${` is closed. */
  const templates: number[] = [];
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(source)?.[0];
    if (match !== undefined) at += match.length;
    return match;
  };
  const add = (kind: Token["kind"], value: string) => found.push({ kind, text: value, depth });
  /** Skips the text of a template up to its end or its next `${`. */
  const skipTemplate = () => {
    while (at < source.length) {
      if (source[at] === "\\") at += 2;
      else if (source[at] === "`") {
        at += 1;
        return;
      } else if (source.startsWith("${", at)) {
        at += 2;
        templates.push(depth);
        depth += 1;
        return;
      } else at += 1;
    }
  };

  while (at < source.length) {
    if (take(space) !== undefined || take(comment) !== undefined) continue;
    const literal = take(text);
    if (literal !== undefined) {
      add("string", literal.slice(1, -1));
      continue;
    }
    const name = take(word);
    if (name !== undefined) {
      add("word", name);
      continue;
    }
    if (take(number) !== undefined) continue;
    if (source[at] === "/" && isExpressionExpected(found.at(-1)) && take(regularExpression) !== undefined)
      continue;
    const mark = source.startsWith("=>", at) ? "=>" : (source[at] ?? "");
    at += mark.length;
    if (mark === "`") skipTemplate();
    else if (mark === "}" && templates.at(-1) === depth - 1) {
      depth = templates.pop() ?? 0;
      skipTemplate();
    } else {
      if (")]}".includes(mark)) depth -= 1;
      add("mark", mark);
      if ("([{".includes(mark)) depth += 1;
    }
  }
  return found;
}

function isExpressionExpected(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === "word") return beforeExpression.has(previous.text);
  return previous.kind === "mark" && ![")", "]", "}"].includes(previous.text);
}
