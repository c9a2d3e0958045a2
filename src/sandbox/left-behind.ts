import { isSandboxError, SandboxError } from "../errors/index.ts";

/** What closing a client could not remove. */
export function leftBehind(
  failures: readonly { readonly name: string; readonly error: unknown }[],
): SandboxError {
  const names = failures.map(({ name }) => name);
  const [first] = failures;
  return new SandboxError(
    isSandboxError(first?.error) ? first.error.code : "runtime_error",
    `Closing the client left ${names.join(", ")} behind; a reaper removes that once this process has ended.`,
    { data: { sandboxes: names }, cause: first?.error },
  );
}
