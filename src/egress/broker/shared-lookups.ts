import { Queue } from "../../util/queue.ts";

/** One lookup that somebody waits for. */
interface Lookup {
  readonly found: Promise<readonly string[]>;
  /** Until when the last of those who wait for it does. */
  latestAt: number;
}

/**
 * Bounds what one sandbox can make a resolver do: those who ask for one name at the same time share the answer, and of further names only
 * so many are looked up at once. The others wait; one that nobody waits for any more, as it is past `patienceMs`, is not begun.
 */
export function sharedLookups(
  lookUp: (host: string) => Promise<readonly string[]>,
  { mostAtOnce, patienceMs }: { readonly mostAtOnce: number; readonly patienceMs: number },
): (host: string) => Promise<readonly string[]> {
  const lookups = new Map<string, Lookup>();
  const waiting = new Queue<() => void>();
  let underWay = 0;

  const run = async (host: string): Promise<readonly string[]> => {
    if (underWay >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    underWay += 1;
    try {
      if ((lookups.get(host)?.latestAt ?? 0) < performance.now()) throw new Error("nobody waits for it");
      return await lookUp(host);
    } finally {
      underWay -= 1;
      lookups.delete(host);
      waiting.shift()?.();
    }
  };

  return (host) => {
    const latestAt = performance.now() + patienceMs;
    const known = lookups.get(host);
    if (known !== undefined) {
      known.latestAt = latestAt;
      return known.found;
    }
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    lookups.set(host, { found: promise, latestAt });
    run(host).then(resolve, reject);
    return promise;
  };
}
