/** Items that leave in the order in which they came; each in constant time on average, unlike an array's shift(). */
export class Queue<Item> {
  #items: Item[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** Takes the oldest; undefined when there is none. */
  shift(): Item | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#first] as Item;
    this.#first += 1;
    if (this.#first === this.#items.length) this.clear();
    else if (this.#first >= 32 && this.#first * 2 > this.#items.length) this.#compact();
    return item;
  }

  clear(): void {
    this.#items.length = 0;
    this.#first = 0;
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#first);
    this.#first = 0;
  }
}
