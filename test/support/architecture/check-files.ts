import type { Sources } from "./check-imports.ts";
import { isWithin } from "./check-imports.ts";
import { type Token, tokens } from "./tokens.ts";

/** Statements of an index file that are anything but a re-export by name. */
export function checkIndexFile(source: string): string[] {
  const problems: string[] = [];
  let isInside = false;
  const all = tokens(source);
  for (const [index, token] of all.entries()) {
    if (token.depth > 0) continue;
    if (token.text === "*") problems.push("re-exports everything instead of names");
    if (!isInside && token.text !== "export") problems.push(`holds more than re-exports: ${token.text}`);
    if (!isInside && token.text === "export" && !["{", "type"].includes(all[index + 1]?.text ?? "")) {
      problems.push(`declares something: ${all[index + 1]?.text}`);
    }
    isInside = token.text !== ";";
    if (problems.length > 0) return problems;
  }
  return problems;
}

/** Timers that start when the file is imported. */
export function findModuleTimers(source: string): string[] {
  const timers = ["setTimeout", "setInterval", "setImmediate"];
  return statements(tokens(source)).flatMap((statement) => {
    const isDeferred = statement.some((token) => token.text === "=>" || token.text === "function");
    const call = statement.find(
      (token, index) => timers.includes(token.text) && statement[index + 1]?.text === "(",
    );
    return call === undefined || isDeferred ? [] : [call.text];
  });
}

/** The outermost tokens of a file, cut at its semicolons. */
function statements(all: readonly Token[]): Token[][] {
  const cut: Token[][] = [[]];
  for (const token of all.filter(({ depth }) => depth === 0)) {
    if (token.text === ";" || token.text === "}") cut.push([]);
    else cut.at(-1)?.push(token);
  }
  return cut;
}

/** Files that read the environment outside the places that may. */
export function findEnvironmentReads(sources: Sources, allowed: readonly string[]): string[] {
  return [...sources]
    .filter(([file]) => !allowed.some((place) => isWithin(file, place)))
    .filter(([, source]) => {
      const texts = tokens(source).map(({ text }) => text);
      return texts.some((text, at) => text === "process" && texts[at + 1] === "." && texts[at + 2] === "env");
    })
    .map(([file]) => file);
}

/** Number of lines. */
export function countLines(source: string): number {
  return source.split("\n").length - (source.endsWith("\n") ? 1 : 0);
}
