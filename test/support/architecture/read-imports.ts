import { type Token, tokens } from "./tokens.ts";

/** One import: `static` is loaded with the file, `lazy` when it is used, `type` never. */
export interface Import {
  readonly from: string;
  readonly kind: "static" | "lazy" | "type";
}

/** Every import of a TypeScript source: import and export declarations, `import()`, and workers' `new URL("./…", import.meta.url)`. */
export function readImports(source: string): Import[] {
  const all = tokens(source);
  return all.flatMap((token, index) => {
    const found = token.kind === "word" ? readImport(all, index) : undefined;
    return found === undefined ? [] : [found];
  });
}

function readImport(all: readonly Token[], index: number): Import | undefined {
  const [previous, token, next, argument] = [all[index - 1], all[index], all[index + 1], all[index + 2]];
  if (token?.text === "URL" && next?.text === "(" && argument?.kind === "string") {
    const isFile = /^\..*\.[cm]?[jt]s$/.test(argument.text) && all[index + 4]?.text === "import";
    return isFile ? { from: argument.text, kind: "lazy" } : undefined;
  }
  if (token?.text === "import" && next?.text === "(") {
    if (argument?.kind !== "string") return undefined;
    return { from: argument.text, kind: previous?.text === "typeof" ? "type" : "lazy" };
  }
  if (token?.depth !== 0 || (token.text !== "import" && token.text !== "export")) return undefined;
  if (token.text === "import" && next?.kind === "string") return { from: next.text, kind: "static" };
  const from = readFrom(all, index + 1);
  return from === undefined ? undefined : { from, kind: next?.text === "type" ? "type" : "static" };
}

/** The module that the declaration beginning before `index` names, if it names one. */
function readFrom(all: readonly Token[], index: number): string | undefined {
  for (let at = index; at < all.length; at += 1) {
    const token = all[at];
    if (token?.depth !== 0) continue;
    if (token.text === "from" && all[at + 1]?.kind === "string") return all[at + 1]?.text;
    const isPartOfClause = ["type", "{", "}", "*", ",", "as", "from"].includes(token.text);
    const isName =
      token.kind === "word" && !["const", "function", "class", "import", "export"].includes(token.text);
    if (!isPartOfClause && !isName) return undefined;
  }
  return undefined;
}
