import { expect } from "vitest";
import type { SandboxError } from "../../../src/errors/index.ts";

/** The error of a call that must fail. */
export async function errorOf(call: Promise<unknown>): Promise<SandboxError> {
  try {
    await call;
  } catch (error) {
    return error as SandboxError;
  }
  return expect.unreachable("the call did not fail");
}
