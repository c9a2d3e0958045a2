import type { ScriptNode, SimpleCommandNode, StatementNode } from "just-bash";
import { exactStdoutPath } from "./captured-output.ts";

/** `exec` makes the redirections of its own command last. */
const notRedirected = new Set(["exec"]);

/**
 * The script, changed so that its output comes out byte by byte, where that is possible: when it is one pipeline that ends in a program.
 * The output of longer scripts passes through the interpreter as text.
 */
export function keepExactOutput(script: ScriptNode): ScriptNode {
  const [statement, ...others] = script.statements;
  if (statement === undefined || others.length > 0) return script;
  const [pipeline, ...more] = statement.pipelines;
  const last = pipeline?.commands.at(-1);
  if (pipeline === undefined || more.length > 0 || last?.type !== "SimpleCommand" || !isProgram(last))
    return script;
  const redirected: SimpleCommandNode = { ...last, redirections: [toExactStdout, ...last.redirections] };
  const changed: StatementNode = {
    ...statement,
    pipelines: [{ ...pipeline, commands: [...pipeline.commands.slice(0, -1), redirected] }],
  };
  return { ...script, statements: [changed] };
}

function isProgram({ name }: SimpleCommandNode): boolean {
  const [part, ...others] = name?.parts ?? [];
  return others.length === 0 && part?.type === "Literal" && !notRedirected.has(part.value);
}

const toExactStdout = {
  type: "Redirection",
  fd: null,
  operator: ">>",
  target: { type: "Word", parts: [{ type: "Literal", value: exactStdoutPath }] },
} satisfies SimpleCommandNode["redirections"][number];
