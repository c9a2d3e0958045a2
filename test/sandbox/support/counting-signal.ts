/** An AbortController whose signal counts the listeners that are on it. */
export class CountingController extends AbortController {
  listeners = 0;

  constructor() {
    super();
    const { signal } = this;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    const seen = new Set<unknown>();
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      seen.add(args[1]);
      this.listeners = seen.size;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      seen.delete(args[1]);
      this.listeners = seen.size;
      remove(...args);
    };
  }
}
