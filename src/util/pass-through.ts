/** Options of {@link passThrough}. */
export interface PassThroughOptions<Result> {
  /** What comes after the last value. */
  readonly atEnd?: () => readonly Result[];
  /** Called once, when the first value is asked for. */
  readonly onBegin?: () => void;
  /** Called once, when nothing more will come: the end, a failure, or the reader left. */
  readonly onOver?: () => void;
}

/**
 * The values of `source` after `each`, which may leave one out by giving undefined. Unlike a generator, which cannot be left while it
 * waits, leaving it reaches the source at once. To be read once.
 */
export function passThrough<Value, Result extends object>(
  source: AsyncIterable<Value>,
  each: (value: Value) => Result | undefined,
  { atEnd, onBegin, onOver }: PassThroughOptions<Result> = {},
): AsyncIterable<Result> {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Result[] | undefined;
  let hasBegun = false;
  let isOver = false;
  const over = (): { done: true; value: undefined } => {
    if (!isOver) onOver?.();
    isOver = true;
    return { done: true, value: undefined };
  };
  const next = async (): Promise<IteratorResult<Result, undefined>> => {
    while (rest === undefined) {
      const step = await iterator.next();
      if (step.done === true) {
        rest = [...(atEnd?.() ?? [])];
        break;
      }
      const result = each(step.value);
      if (result !== undefined) return { done: false, value: result };
    }
    const value = rest.shift();
    return value === undefined ? over() : { done: false, value };
  };
  const result = {
    next: async () => {
      if (!hasBegun) onBegin?.();
      hasBegun = true;
      try {
        return await next();
      } catch (error) {
        over();
        await iterator.return?.();
        throw error;
      }
    },
    return: async () => {
      over();
      await iterator.return?.();
      return { done: true as const, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => result };
}
