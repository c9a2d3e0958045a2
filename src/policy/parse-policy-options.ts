import { SandboxError } from "../errors/index.ts";
import type { PolicyOptions } from "./connect-policy.ts";

/**
 * The options with each part looked at as far as others rely on it; what a policy says is checked where it is read.
 * @throws {SandboxError} invalid_argument
 */
export function parsePolicyOptions({ policy, audit, validators }: PolicyOptions): PolicyOptions {
  if (policy !== undefined && !isPlainObject(policy)) {
    throw invalid("policy", "must be a policy document, or { file } with the path of one");
  }
  if (policy !== undefined && "file" in policy) {
    const { file, ...others } = policy;
    if (typeof file !== "string" || file === "")
      throw invalid("policy.file", "must be the path of a policy file");
    const [other] = Object.keys(others);
    // A field beside the file would look as if it were in force.
    if (other !== undefined)
      throw invalid(`policy.${other}`, "cannot stand beside file; write it into the file");
  }
  if (audit !== undefined && !hasMethods(audit, ["write", "close"])) {
    throw invalid("audit", "must be an audit sink, such as memorySink() or fileSink()");
  }
  if (validators !== undefined && !Array.isArray(validators)) {
    throw invalid("validators", "must be a list of validators, such as opaValidator()");
  }
  for (const [index, validator] of (validators ?? []).entries()) {
    if (!hasMethods(validator, ["validate"]))
      throw invalid(`validators.${index}`, "must be a validator, such as opaValidator()");
  }
  return {
    ...(policy !== undefined && { policy }),
    ...(audit !== undefined && { audit }),
    ...(validators !== undefined && { validators: Object.freeze([...validators]) }),
  };
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}

function invalid(field: string, rule: string): SandboxError {
  return new SandboxError("invalid_argument", `${field} ${rule}.`, { data: { field } });
}
