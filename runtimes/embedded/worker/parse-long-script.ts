import { parse, type ScriptNode, type StatementNode } from "just-bash";

/** The interpreter's parser takes no more than a million characters and a hundred thousand tokens at once. */
export const longScriptLength = 100_000;

const pieceLengths = [longScriptLength, 4 * longScriptLength, 9 * longScriptLength];
/** Places that are tried for the end of a piece, from behind. */
const triesPerLength = 64;

/**
 * Parses a script that may be longer than the parser's limits, piece by piece. A piece ends at the end of a line where what is before it is a whole
 * script. @throws the parser's own error when a single statement is too long, or wrong
 */
export function parseLongScript(script: string): ScriptNode {
  const statements: StatementNode[] = [];
  for (let start = 0; start < script.length; ) {
    const piece = nextPiece(script, start);
    statements.push(...piece.statements);
    start = piece.end;
  }
  return { type: "Script", statements };
}

function nextPiece(script: string, start: number): { statements: StatementNode[]; end: number } {
  for (const length of pieceLengths) {
    if (start + length >= script.length) break;
    let end = start + length;
    for (let tries = 0; tries < triesPerLength; tries++) {
      end = script.lastIndexOf("\n", end - 1) + 1;
      if (end <= start) break;
      const statements = wholeStatements(script.slice(start, end));
      if (statements !== undefined) return { statements, end };
    }
  }
  return { statements: parse(script.slice(start)).statements, end: script.length };
}

/** The statements of a text that stands for itself; `undefined` when it may go on behind its end. */
function wholeStatements(text: string): StatementNode[] | undefined {
  if (text.endsWith("\\\n")) return undefined;
  try {
    const { statements } = parse(text);
    return statements.some(isUnfinished) ? undefined : statements;
  } catch {
    return undefined;
  }
}

/** Whether the parser put off an error, or met the end of the text within a here-document. */
function isUnfinished(node: unknown): boolean {
  if (node === null || typeof node !== "object") return false;
  if ("deferredError" in node && node.deferredError !== undefined) return true;
  if ("type" in node && node.type === "HereDoc" && "terminated" in node && node.terminated === false)
    return true;
  return Object.values(node).some(isUnfinished);
}
