/** Commits items in groups: all that wait while one commit is under way are the next one. */
export interface GroupCommit<Item> {
  /** Resolves when the item is committed; rejects with the failure of its group. */
  add(item: Item): Promise<void>;
  /** Resolves when nothing waits and nothing is under way. Never rejects. */
  idle(): Promise<void>;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The most items in one group. */
const maxGroup = 1024;

/** Groups calls of `commit`, which are never concurrent and keep the order of the items. */
export function groupCommit<Item>(commit: (items: readonly Item[]) => Promise<void>): GroupCommit<Item> {
  let waiting: Waiting<Item>[] = [];
  let running: Promise<void> | undefined;

  const run = async () => {
    // What can be done at once is done first: those whose item was just committed get their next one into the same group.
    for (await settled(); waiting.length > 0; await settled()) {
      const group = waiting.slice(0, maxGroup);
      waiting = waiting.slice(maxGroup);
      try {
        await commit(group.map(({ item }) => item));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    running = undefined;
  };

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        running ??= run();
      }),
    idle: async () => {
      while (running !== undefined) await running;
    },
  };
}

/** Resolves when all promise jobs have run that can, without a turn of the event loop, which may have other work first. */
function settled(): Promise<void> {
  // From within a promise job, a tick comes after all the others.
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}
