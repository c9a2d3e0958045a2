import { type AttackCase, type AttackedRuntime, type Observation, systemRuntimes } from "../attack-case.ts";
import { type Arrival, describeArrival } from "../fake-internet/arrival.ts";
import type { Lab } from "../lab/lab.ts";
import { isOf, newScene, type Scene } from "../lab/scene.ts";
import { sandboxTarget, type Target } from "../lab/target.ts";

/** What a network attack is told. */
export interface NetworkScene extends Scene {
  readonly lab: Lab;
  readonly target: Target;
}

/** An attack whose success is that something arrives. */
export interface NetworkAttack
  extends Pick<AttackCase, "name" | "attack" | "title" | "protection" | "protectionOn"> {
  /** @default systemRuntimes */
  readonly runtimes?: readonly AttackedRuntime[];
  /** The sandboxes attacked: without egress, with an allowlist. @default both */
  readonly sandboxes?: readonly ("sealed" | "allowing")[];
  /** The program; the last line that it prints is part of what was seen. */
  readonly program: (scene: NetworkScene) => readonly [string, ...string[]];
  /** What is shown of a failure. @default the last line that the program printed */
  readonly failure?: string;
  /** Whether something that arrived tells of success. @default whatever is of the scene */
  readonly arrived?: (arrival: Arrival, scene: NetworkScene) => boolean;
}

/** The same program in an ordinary container that sees the fake internet, and in sandboxes. */
export function networkAttack(attack: NetworkAttack): AttackCase {
  const { runtimes = systemRuntimes, sandboxes = ["sealed", "allowing"] } = attack;
  return {
    ...attack,
    runtimes,
    off: async (lab) => await launch(attack, lab, await lab.unprotected()),
    on: async (lab, runtime) => {
      const seen: Observation[] = [];
      for (const kind of sandboxes) {
        seen.push(await launch(attack, lab, sandboxTarget(await lab.sandbox(runtime, kind), runtime)));
      }
      return (
        seen.find(({ succeeded }) => succeeded) ?? {
          succeeded: false,
          seen: [...new Set(seen.map((observation) => observation.seen))].join(" / "),
        }
      );
    },
  };
}

async function launch(attack: NetworkAttack, lab: Lab, target: Target): Promise<Observation> {
  const scene: NetworkScene = { ...newScene(), lab, target };
  const { arrived = (arrival) => isOf(scene, arrival) } = attack;
  const { stdout, stderr } = await target.run(attack.program(scene));
  const arrivals = await lab.arrivals();
  const found = arrivals.filter((arrival) => arrived(arrival, scene));
  // A request says more than the packets that brought it.
  const [best] = found.filter(({ kind }) => kind !== "packet").concat(found);
  if (best !== undefined) return { succeeded: true, seen: mask(scene, describeArrival(best)) };
  if (attack.failure !== undefined) return { succeeded: false, seen: attack.failure };
  const said = (stdout.trim() || stderr.trim()).split("\n").at(-1) ?? "";
  return {
    succeeded: false,
    seen: mask(scene, said === "" ? "nothing arrived" : `nothing arrived; ${said}`),
  };
}

function mask({ token, address, address6, port }: Scene, text: string): string {
  const own: readonly [string, string][] = [
    [token, "…"],
    [address, "an address"],
    [address6, "an address"],
    [String(port), "a port"],
  ];
  return own.reduce((masked, [what, name]) => masked.replaceAll(what, name), text).slice(0, 160);
}

/** A Python program. */
export const python = (code: string): readonly [string, ...string[]] => ["python3", "-c", code];

/** A shell script. */
export const shell = (script: string): readonly [string, ...string[]] => ["sh", "-c", script];

/**
 * Asks for URLs with curl, one after another; prints the status of the last. The embedded runtime's curl has fewer options, and trusts
 * whom its host trusts.
 */
export function curl(target: Target, urls: readonly string[], options = ""): readonly [string, ...string[]] {
  const flags = `${target.kind === "embedded" ? "-s" : "-skg"} -m 10 -o /dev/null`;
  const calls = urls.map((url) => `curl ${flags} -w 'status %{http_code}\\n' ${options} '${url}'`);
  return shell(`${calls.join("; ")}; true`);
}
