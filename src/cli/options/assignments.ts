import { SandboxError } from "../../errors/index.ts";

/** `--env`: NAME=VALUE, or NAME for the caller's own value. Values never reach an error message. */
export function parseEnvironment(
  given: readonly string[] | undefined,
  inherited: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  return toRecord("--env", given, (name) => {
    const value = inherited[name];
    if (value !== undefined) return value;
    throw invalidAssignment(
      "--env",
      `${JSON.stringify(name)} has no value and is not set in the caller's environment`,
    );
  });
}

/** `--label`: KEY=VALUE. */
export function parseLabels(given: readonly string[] | undefined): Record<string, string> {
  return toRecord("--label", given, (key) => {
    throw invalidAssignment("--label", `${JSON.stringify(key)} has no value; write ${key}=VALUE`);
  });
}

function toRecord(
  field: string,
  given: readonly string[] | undefined,
  missingValue: (name: string) => string,
): Record<string, string> {
  // Object.fromEntries defines own properties, so that a name such as __proto__ stays an entry like any other.
  return Object.fromEntries(
    (given ?? []).map((text) => {
      const at = text.indexOf("=");
      const name = at === -1 ? text : text.slice(0, at);
      if (name === "") throw invalidAssignment(field, "an entry has no name; write NAME=VALUE");
      return [name, at === -1 ? missingValue(name) : text.slice(at + 1)];
    }),
  );
}

function invalidAssignment(field: string, problem: string): SandboxError {
  return new SandboxError("invalid_argument", `${field}: ${problem}.`, { data: { field } });
}
