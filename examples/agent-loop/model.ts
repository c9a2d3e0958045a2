/** One move of the model: code to run, or the answer. */
export type Move =
  | { readonly kind: "shell" | "python"; readonly code: string }
  | { readonly kind: "answer"; readonly text: string };

/** What the model is told of a run. */
export interface Observation {
  readonly ok: boolean;
  readonly output: string;
}

/** A model: from the task and what was observed so far to the next move. */
export type Model = (task: string, observations: readonly Observation[]) => Move;

/**
 * Stands in for a language model, so that the example needs no key: it writes data, makes a mistake, reads the traceback,
 * mends its code and answers with what the sandbox printed.
 */
export const scriptedModel: Model = (task, observations) => {
  const last = observations.at(-1);
  if (last === undefined) {
    return {
      kind: "shell",
      code: "printf 'day,sold\\nmon,12\\ntue,30\\nwed,7\\n' > sales.csv && wc -l sales.csv",
    };
  }
  if (observations.length === 1) return { kind: "python", code: sumOf("amount") };
  if (!last.ok && last.output.includes("KeyError")) return { kind: "python", code: sumOf("sold") };
  return { kind: "answer", text: `${task} ${last.output.trim()}` };
};

function sumOf(column: string): string {
  return `
import csv
with open("sales.csv") as file:
    print(sum(int(row["${column}"]) for row in csv.DictReader(file)))
`;
}
