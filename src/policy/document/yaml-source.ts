import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  visit,
} from "yaml";
import type { DocumentPath, PolicyProblem } from "./policy-problem.ts";

/** What a text of YAML holds, and where each part of it stands. */
export interface YamlSource {
  readonly value: unknown;
  /** Line and column, from 1, of the value at a path or of its key; of what is around it where there is none. */
  placeOf(path: DocumentPath, atKey: boolean): { readonly line: number; readonly column: number };
}

/** More than a policy has any use for; each may be repeated only so often that the whole stays small. */
const maxAliases = 100;

/** Reads YAML 1.2 (core schema: no tags, no merge keys). */
export function readYaml(text: string): YamlSource | { readonly problems: readonly PolicyProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: "1.2",
    stringKeys: true,
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problem = (message: string, offset: number): PolicyProblem => ({
    path: "",
    message,
    ...place(offset),
  });

  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0)
    return { problems: broken.map(({ message, pos }) => problem(sentence(message), pos[0])) };
  if (document.contents === null) {
    return { problems: [problem("is empty; a policy that denies everything is written {}", 0)] };
  }
  const hostile = hostileKey(document.contents);
  if (hostile !== undefined) {
    const message = `${JSON.stringify(hostile.name)} is a key that is never allowed; remove it`;
    return { problems: [problem(message, hostile.offset)] };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: maxAliases });
  } catch {
    return { problems: [problem(`repeats an anchor more than ${maxAliases} times; write it out`, 0)] };
  }
  return {
    value,
    placeOf: (path, atKey) =>
      place(
        offsetOf(document.contents as ParsedNode, path, atKey, (node) =>
          isAlias(node) ? node.resolve(document) : node,
        ),
      ),
  };
}

function hostileKey(contents: Node): { name: string; offset: number } | undefined {
  let found: { name: string; offset: number } | undefined;
  visit(contents, {
    Pair(_, { key }) {
      if (!isScalar(key) || !["__proto__", "constructor", "prototype"].includes(String(key.value)))
        return undefined;
      found = { name: String(key.value), offset: key.range?.[0] ?? 0 };
      return visit.BREAK;
    },
  });
  return found;
}

function offsetOf(
  contents: Node,
  path: DocumentPath,
  atKey: boolean,
  resolve: (node: Node) => Node | undefined,
): number {
  let node: Node | undefined = contents;
  let offset = contents.range?.[0] ?? 0;
  for (const [depth, key] of path.entries()) {
    const at: Node | undefined = node && resolve(node);
    if (isSeq(at) && typeof key === "number") {
      const item: unknown = at.items[key];
      node = isNode(item) ? item : undefined;
    } else if (isMap(at)) {
      const pair = at.items.find((one) => isScalar(one.key) && String(one.key.value) === String(key));
      const isWanted = atKey && depth === path.length - 1;
      if (isWanted && isNode(pair?.key)) return pair.key.range?.[0] ?? offset;
      const value: unknown = pair?.value;
      node = isNode(value) ? value : undefined;
      // An empty value stands nowhere; its key does.
      if (node !== undefined && isScalar(node) && node.value === null && isNode(pair?.key))
        return pair.key.range?.[0] ?? offset;
    } else node = undefined;
    if (node === undefined) return offset;
    offset = node.range?.[0] ?? offset;
  }
  return offset;
}

function sentence(message: string): string {
  const [first = ""] = message.split("\n");
  return `is not well-formed YAML: ${first.replace(/[.:]$/, "")}`;
}
