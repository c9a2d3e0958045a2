import type { Command } from "./command.ts";

/** What is known of the memory of commands. */
export interface Weight {
  /**
   * The command that most likely takes the most: one that runs another language, whose memory nobody can see, before all
   * others; then the one with the largest heap; then the youngest.
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
      heapBytes: (await command.worker?.heapBytes()) ?? 0,
    })),
  );
  weighed.sort((a, b) => b.guests - a.guests || b.heapBytes - a.heapBytes || b.age - a.age);
  return {
    heaviest: weighed[0]?.command,
    heapBytes: weighed.reduce((sum, { heapBytes }) => sum + heapBytes, 0),
    isWhole: weighed.every(({ guests, heapBytes }) => guests === 0 && heapBytes > 0),
  };
}
