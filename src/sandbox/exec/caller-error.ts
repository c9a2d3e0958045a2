/** An exception of the caller's own code (a callback, a stdin stream) on its way back to the caller, told apart from the runtime's. */
export class CallerError {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Runs the caller's code; what it throws, at once or later, is thrown as {@link CallerError}. */
export function callCaller(code: () => void | Promise<void>): void | Promise<void> {
  let pending: unknown;
  try {
    pending = code();
  } catch (error) {
    throw new CallerError(error);
  }
  if (!isThenable(pending)) return;
  return Promise.resolve(pending).then(
    () => {},
    (error: unknown) => {
      throw new CallerError(error);
    },
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
