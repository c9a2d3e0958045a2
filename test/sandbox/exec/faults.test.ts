import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { isSandboxError } from "../../../src/errors/index.ts";
import type { SandboxHandle } from "../../../src/sandbox/index.ts";
import type { FakePrimitive } from "../../../src/testing/fake-faults.ts";
import type { FakeOutput, FakeProgram } from "../../../src/testing/fake-process.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { CountingController } from "../support/counting-signal.ts";
import { activeTimers, noMoreTimersThan, setUpSandbox } from "../support/set-up.ts";

/** Numbers that look random and are the same on every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % sides;
  };
}

const primitives: FakePrimitive[] = [
  "spawn",
  "process.output",
  "process.wait",
  "process.kill",
  "process.writeStdin",
  "process.closeStdin",
  "files",
  "tarIn",
];
const deadlines = {
  settleMs: 15,
  quietOutputMs: 10,
  unreadOutputMs: 15,
  spawnMs: 40,
  signalMs: 15,
  writeMs: 20,
  filesMs: 20,
  transferStallMs: 20,
};
const mine = new Error("the caller's own");

function anyProgram(roll: ReturnType<typeof dice>): FakeProgram {
  const piece = (): FakeOutput => {
    if (roll(4) === 0) return { delayMs: roll(4) };
    if (roll(2) === 0) return { stream: "stderr", data: Buffer.from("é€😀".repeat(roll(50))) };
    return "x".repeat(roll(3000));
  };
  return () => ({
    output: Array.from({ length: roll(6) }, piece),
    exitCode: roll(3),
    hangs: roll(5) === 0,
    ...(roll(8) === 0 ? { breaksWith: new Error("broken") } : {}),
  });
}

async function spawnAndRead(
  sandbox: SandboxHandle,
  roll: ReturnType<typeof dice>,
  options: object,
): Promise<unknown> {
  const process = await sandbox.spawn("prog", [], options);
  const read = async (view: AsyncIterable<unknown>, most = Number.POSITIVE_INFINITY) => {
    let count = 0;
    for await (const _ of view) if (++count >= most) break;
  };
  const readers = [
    () => [read(process.output)],
    () => [read(process.stdout), read(process.stderr)],
    () => [read(process.stdout, 1 + roll(3))],
    () => [process.stdout[Symbol.asyncIterator]().next()],
    () => [],
  ];
  const work = (readers[roll(readers.length)] as () => Promise<unknown>[])();
  if (roll(4) === 0) work.push(process.kill());
  const ends = await Promise.allSettled([...work, process.wait()]);
  const bad = ends.find((end) => end.status === "rejected");
  if (bad !== undefined) throw bad.reason;
  return undefined;
}

describe("whatever goes wrong at whatever moment", () => {
  test.each([1, 2, 3, 4])(
    "every call ends, in a result or in an error of ours, and nothing is left (%i)",
    async (seed) => {
      const roll = dice(seed);
      const before = activeTimers();
      for (let round = 0; round < 60; round++) {
        const { runtime, sandbox } = await setUpSandbox({ program: anyProgram(roll) }, { deadlines });
        const [fault, primitive, moment] = [
          roll(3),
          primitives[roll(primitives.length)] as FakePrimitive,
          roll(5),
        ];
        const strike = () => {
          if (fault === 1) runtime.hang(primitive);
          if (fault === 2) runtime.fail(primitive, new Error("fault"));
        };
        const striking = setTimeout(strike, moment);
        if (moment === 0) strike();
        const controller = new CountingController();
        const aborting = roll(3) === 0 ? setTimeout(() => controller.abort(), roll(6)) : undefined;
        const options = {
          timeoutMs: 60,
          signal: controller.signal,
          ...(roll(2) ? { stdin: "y".repeat(roll(100_000)) } : {}),
        };
        const onStdout = () => {
          if (roll(10) === 0) throw mine;
          return roll(3) === 0 ? pause(1) : undefined;
        };
        const ends = await Promise.allSettled([
          sandbox.exec("prog", [], {
            ...options,
            onStdout,
            maxOutputBytes: roll(2000),
            spill: roll(2) === 0,
            check: roll(2) === 0,
          }),
          sandbox
            .shell("z".repeat(roll(2) ? 10 : 200_000), { ...options, yieldAfterMs: roll(5) })
            .then((result) => (result.running ? result.wait() : result)),
          spawnAndRead(sandbox, roll, options),
        ]);
        for (const end of ends) {
          if (end.status === "rejected") expect(end.reason === mine || isSandboxError(end.reason)).toBe(true);
        }
        expect(controller.listeners).toBe(0);
        clearTimeout(striking);
        clearTimeout(aborting);
        runtime.clear();
        // A kill that fails is not tried again.
        if (fault === 2 && primitive === "process.kill") continue;
        await waitUntil("nothing runs any more", async () => (await sandbox.stats()).pids === 0);
      }
      await noMoreTimersThan(before);
    },
  );
});
