import type { Random } from "./random.ts";

/** Something that hostile input reaches, with what has to hold whatever comes. A file in `targets` exports one as `target`. */
export interface FuzzTarget {
  /** As its file is called, without `.ts`. */
  readonly name: string;
  /** Called once before the inputs. */
  setUp?(): void | Promise<void>;
  /** Makes one input, by `random` alone, and throws or rejects when a property does not hold for it. */
  run(random: Random, index: number): void | Promise<void>;
  /** Called once after the inputs, also when one failed. A target may check here that its inputs were not all of one kind. */
  tearDown?(): void | Promise<void>;
}
