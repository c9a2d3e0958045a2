// Runs attacks, by name, for the tests that started it, in an empty network namespace of its own. It ends with them.
import { allCases } from "../cases/index.ts";
import { allChecks } from "../checks/index.ts";
import { Lab } from "./lab.ts";
import type { LabAnswer, LabRequest } from "./lab-messages.ts";
import { runCase } from "./run-case.ts";

process.once("disconnect", () => process.exit());
const [dockerHost = ""] = process.argv.slice(2);
const lab = await Lab.open(dockerHost);
process.on("message", (request: LabRequest) => void serve(request));
process.send?.({ id: 0 } satisfies LabAnswer);

async function serve({ id, name, runtime }: LabRequest): Promise<void> {
  try {
    if (name === undefined) await lab[Symbol.asyncDispose]();
    const found = allCases.find((candidate) => candidate.name === name);
    await allChecks.find((candidate) => candidate.name === name)?.run(lab);
    const result = found && runtime && (await runCase(lab, found, runtime));
    process.send?.({ id, ...(result && { result }) } satisfies LabAnswer);
  } catch (error) {
    process.send?.({ id, failure: error instanceof Error ? (error.stack ?? String(error)) : String(error) });
  }
}
