/** A fenced block of code in a Markdown page. */
export interface CodeBlock {
  readonly language: string;
  /** Whether the fence says `runnable` after the language. */
  readonly isRunnable: boolean;
  /** Line of the page at which the code begins, from 1. */
  readonly line: number;
  readonly code: string;
}

const fence = /^```(\S+)?([^\n]*)\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a page. */
export function codeBlocks(page: string): CodeBlock[] {
  return [...page.matchAll(fence)].map(({ index, 1: language = "", 2: info = "", 3: code = "" }) => ({
    language,
    isRunnable: info.trim() === "runnable",
    line: page.slice(0, index).split("\n").length + 1,
    code,
  }));
}
