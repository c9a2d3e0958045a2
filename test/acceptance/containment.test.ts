import { beforeAll, describe, expect, test } from "vitest";
import { describeWith } from "../support/components.ts";
import { projectFolder, runProgram } from "../support/run-program.ts";

interface Outcome {
  readonly bomb: string;
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly oomKilled: boolean;
  readonly truncated: boolean;
  readonly stdoutLength: number;
  readonly callMs: number;
  readonly responsiveness: number;
  readonly peakRssMib: number;
  readonly after: string;
  readonly sleepers?: string;
}

/**
 * What the host may hold at most while 10 GB pour out, in MiB. An idle host has 94 to 110 (Node and dockerode); V8 lets 64 MiB of socket buffers
 * lie before it collects them (its soft limit for external memory), and its young generation takes 32 more. The rest is room.
 */
const mostResidentMib = 256;
const timeoutMs = 4_000;
/** Killing takes well under a second; the rest is room for a busy machine. */
const slackMs = 6_000;

async function explodeAll(...args: readonly string[]): Promise<Outcome[]> {
  const program = `${projectFolder}/test/acceptance/programs/contain.ts`;
  const { exitCode, stdout, stderr } = await runProgram(process.execPath, [program, ...args]);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Outcome);
}

function defineContainment(explode: () => Promise<Outcome[]>, streams: boolean): void {
  let outcomes: Outcome[] = [];
  beforeAll(async () => {
    outcomes = await explode();
  });
  const of = (bomb: string): Outcome => {
    const outcome = outcomes.find((candidate) => candidate.bomb === bomb);
    if (outcome === undefined) throw new Error(`${bomb} was not run`);
    return outcome;
  };

  test("the host's memory stays flat and the host responsive, and every sandbox lives on with its files", () => {
    expect(outcomes).toHaveLength(6);
    for (const { bomb, peakRssMib, responsiveness, callMs, after } of outcomes) {
      expect(peakRssMib, `resident MiB of the host during: ${bomb}`).toBeLessThan(mostResidentMib);
      // Too few ticks fall into a short call for their share to say anything.
      if (callMs > 1_000) {
        expect(
          responsiveness,
          `timer ticks against those of an idle process during: ${bomb}`,
        ).toBeGreaterThan(0.25);
      }
      expect(after, `files after: ${bomb}`).toBe("kept\n");
    }
  });

  test.each(["busy shell", "busy python"])("%s ends at its timeout", (bomb) => {
    expect(of(bomb)).toMatchObject({ timedOut: true, exitCode: 124, oomKilled: false });
    expect(of(bomb).callMs).toBeLessThan(timeoutMs + slackMs);
  });

  test("a fork bomb ends by its timeout at the latest", () => {
    expect(of("fork bomb").callMs).toBeLessThan(timeoutMs + slackMs);
    expect(of("fork bomb").exitCode).not.toBe(0);
  });

  test("a memory bomb is told as such", () => {
    expect(of("memory bomb")).toMatchObject({ oomKilled: true, exitCode: 137, timedOut: false });
  });

  test("a flood of output is cut and flagged", () => {
    const flood = of("output flood");
    expect(flood.callMs).toBeLessThan(timeoutMs + slackMs);
    expect(flood.exitCode).not.toBe(0);
    if (!streams) return;
    expect(flood).toMatchObject({ truncated: true, timedOut: true });
    expect(flood.stdoutLength).toBeGreaterThan(1_000_000);
    expect(flood.stdoutLength).toBeLessThan(1_100_000);
  });
}

describe("hostile commands on the embedded runtime", () => {
  defineContainment(() => explodeAll("embedded"), false);
});

describeWith("docker", "hostile commands on Docker", (host) => {
  let outcomes: Promise<Outcome[]> | undefined;
  const explode = () => {
    outcomes ??= explodeAll("docker", host);
    return outcomes;
  };
  defineContainment(explode, true);

  test("a double-forked daemon that ignores signals is gone after the timeout", async () => {
    const daemon = (await explode()).find(({ bomb }) => bomb === "stubborn daemon");
    expect(daemon).toMatchObject({ timedOut: true, sleepers: "0\n" });
  });
});
