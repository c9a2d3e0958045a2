/** Lets so many go at once; the others wait in line. */
export class Turns {
  #free: number;
  readonly #line: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with the function that ends the turn; with `undefined` when `given up` came first. */
  async take(givenUp: Promise<void>): Promise<(() => void) | undefined> {
    if (this.#free > 0) {
      this.#free -= 1;
      return () => this.#end();
    }
    const { promise, resolve } = Promise.withResolvers<true>();
    const waiting = () => resolve(true);
    this.#line.push(waiting);
    const isMine = await Promise.race([promise, givenUp.then(() => false)]);
    if (isMine) return () => this.#end();
    const place = this.#line.indexOf(waiting);
    // The turn may have come in the same moment; it is passed on then.
    if (place === -1) this.#end();
    else this.#line.splice(place, 1);
    return undefined;
  }

  #end(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
