/**
 * Files of tests that machines take side by side. `isOver` tells when no further file is to be begun. A file whose machine failed is run
 * once more: a machine that panics or hangs, which is the emulation's fault, says nothing of the tests.
 */
export function testQueue(files, isOver) {
  const waiting = [...files];
  const again = [];
  const failedOnce = new Set();
  return {
    /** The next file; undefined when there are no more, or none is to be begun. A file to be run again is begun at any time. */
    take: () => again.shift() ?? (isOver() ? undefined : waiting.shift()),
    /** Puts a file back whose machine failed; false when that happened before. Without a file: a machine that did not get as far as one. */
    takeBack(file) {
      if (failedOnce.has(file)) return false;
      failedOnce.add(file);
      if (file !== undefined) again.push(file);
      return true;
    },
    /** What was never begun. */
    left: () => [...waiting],
  };
}
