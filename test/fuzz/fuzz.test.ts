import { describe, expect, test } from "vitest";
import { loadTarget, targetNames } from "./support/find-targets.ts";
import { createRandom } from "./support/random.ts";
import { runTarget } from "./support/run-target.ts";

const seed = 20_250;
const count = 10_000;

describe("fuzzing", () => {
  test.each(targetNames())("%s holds for every input", { timeout: 300_000 }, async (name) => {
    await expect(runTarget(await loadTarget(name), { seed, count })).resolves.toBeUndefined();
  });
});

describe("runTarget", () => {
  test("names the input that fails and how to repeat it, and clears up", async () => {
    const seen: number[] = [];
    const ended: string[] = [];
    const run = (_: unknown, index: number) => {
      seen.push(index);
      if (index === 3) throw new Error("it broke");
    };
    const target = {
      name: "broken",
      run,
      tearDown: () => {
        ended.push("torn down");
        throw new Error("and this too");
      },
    };
    await expect(runTarget(target, { seed: 7, count: 10 })).rejects.toThrow(
      /input 3 of seed 7: it broke\n.*broken --seed 7 --first 3 --count 1/,
    );
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(ended).toEqual(["torn down"]);
    await expect(runTarget(target, { seed: 7, count: 2, first: 4 })).rejects.toThrow("and this too");
  });

  test("gives an input the same numbers whether it comes alone or in a run", async () => {
    const numbers = new Map<number, number[]>();
    const target = (key: "run" | "alone") => ({
      name: "numbers",
      run: (random: ReturnType<typeof createRandom>, index: number) => {
        const drawn = Array.from({ length: 5 }, () => random.below(1000));
        if (key === "run") numbers.set(index, drawn);
        else expect(drawn).toEqual(numbers.get(index));
      },
    });
    await runTarget(target("run"), { seed: 1, count: 50 });
    await runTarget(target("alone"), { seed: 1, first: 37, count: 1 });
    expect(new Set([...numbers.values()].map(String)).size).toBe(50);
    expect(createRandom(1, 2).below(2 ** 32)).not.toBe(createRandom(2, 1).below(2 ** 32));
  });
});
