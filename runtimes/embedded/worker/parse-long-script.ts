import { parse, type ScriptNode, type StatementNode } from "just-bash";

/** The interpreter's parser takes no more than ten thousand lines, a hundred thousand tokens and a million characters at once. */
export const longScriptLength = 16_000;

const pieceLengths = [longScriptLength, 64_000, 256_000, 990_000];
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

/** The statements of a text that stands for itself; `undefined` when it goes on behind its end: a word put there tells. */
function wholeStatements(text: string): StatementNode[] | undefined {
  try {
    const { statements } = parse(`${text}${sentinel}\n`);
    return isSentinel(statements.pop()) ? statements : undefined;
  } catch {
    return undefined;
  }
}

const sentinel = "end-of-the-piece";

function isSentinel(statement: StatementNode | undefined): boolean {
  const command = statement?.pipelines[0]?.commands[0];
  if (statement?.pipelines.length !== 1 || statement.pipelines[0]?.commands.length !== 1) return false;
  const word = command?.type === "SimpleCommand" ? command.name?.parts[0] : undefined;
  return word?.type === "Literal" && word.value === sentinel;
}
