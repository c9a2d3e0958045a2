import type { SandboxHandle } from "../../../src/sandbox/index.ts";
import type { AttackedRuntime } from "../attack-case.ts";
import type { ClientLink } from "../fake-internet/fake-internet.ts";

/** How a program ended in a target. */
export interface TargetResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A place in which the attacker's programs run. */
export interface Target {
  /** What it is, for the texts. */
  readonly kind: "unprotected" | AttackedRuntime;
  /** The proxy that programs in it are told of. */
  readonly proxy: string;
  /** Its way into the fake internet, where it has one of its own. */
  readonly link?: ClientLink;
  run(argv: readonly [string, ...string[]], options?: TargetOptions): Promise<TargetResult>;
}

/** Options of {@link Target.run}. */
export interface TargetOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Attackers wait a few seconds for what does not come; this ends what hangs. */
const defaultTimeoutMs = 180_000;

/** A sandbox as a target. */
export function sandboxTarget(sandbox: SandboxHandle, kind: AttackedRuntime): Target {
  return {
    kind,
    proxy: "127.0.0.1:3128",
    async run([program, ...args], { env = {}, timeoutMs = defaultTimeoutMs } = {}) {
      return await sandbox.exec(program, args, { env, timeoutMs });
    },
  };
}
