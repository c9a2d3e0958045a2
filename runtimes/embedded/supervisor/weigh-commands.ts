import type { Command } from "./command.ts";

/** What is known of the memory of commands. */
export interface Weight {
  /**
   * The command that most likely takes the most: one that runs another language, whose memory nobody can see, before all
   * others; then one that is too busy to tell; then the one with the largest heap; then the youngest.
   */
  readonly heaviest: Command | undefined;
  /** The heaps together. */
  readonly heapBytes: number;
  /** Whether that is all: no other language runs, and every heap was told. */
  readonly isWhole: boolean;
}

/** Weighs commands, oldest first. */
export async function weighCommands(commands: readonly Command[]): Promise<Weight> {
  const weighed = await Promise.all(
    commands.map(async (command, age) => ({
      command,
      age,
      guests: command.worker?.guests.size ?? 0,
      heapBytes: command.worker === undefined ? 0 : await command.worker.heapBytes(),
    })),
  );
  const size = ({ heapBytes = Number.POSITIVE_INFINITY }) => heapBytes;
  weighed.sort((one, other) => {
    if (one.guests !== other.guests) return other.guests - one.guests;
    return size(one) === size(other) ? other.age - one.age : size(other) - size(one);
  });
  return {
    heaviest: weighed[0]?.command,
    heapBytes: weighed.reduce((sum, { heapBytes = 0 }) => sum + heapBytes, 0),
    isWhole: weighed.every(({ guests, heapBytes }) => guests === 0 && heapBytes !== undefined),
  };
}
