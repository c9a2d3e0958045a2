import type { ProcessExit, RuntimeProcess } from "../../runtime/index.ts";
import type { PolicyLimits } from "../policy.ts";
import { boundStream } from "./bound-stream.ts";
import { overProcess } from "./over-runtime.ts";

/** What a limited process needs of its surroundings. */
export interface LimitedProcessOptions {
  readonly sandbox: string;
  /** Called when it has ended, or its end will never be known. */
  readonly onEnd: () => void;
}

/** A process that is ended when it runs too long or prints too much. */
export function limitedProcess(
  process: RuntimeProcess,
  { execMs, outputBytes }: PolicyLimits,
  { sandbox, onEnd }: LimitedProcessOptions,
): RuntimeProcess {
  let timedOut = false;
  const endTree = () => void process.kill("SIGKILL").catch(() => {});
  const expire = () => {
    timedOut = true;
    endTree();
  };
  const timer = execMs === undefined ? undefined : setTimeout(expire, execMs).unref();
  const exit = process
    .wait()
    .then((end): ProcessExit => (timedOut ? { ...end, timedOut } : end))
    .finally(() => {
      clearTimeout(timer);
      onEnd();
    });
  exit.catch(() => {});
  if (outputBytes === undefined) return overProcess(process, { wait: () => exit });

  const bound = {
    limit: outputBytes,
    field: "outputBytes",
    what: `A command in sandbox "${sandbox}", which was ended,`,
    sandbox,
    suggestion: "Print less, or write to a file.",
  } as const;
  let seen = 0;
  const sizeOf = ({ data }: { readonly data: Uint8Array }) => {
    seen += data.length;
    if (seen > outputBytes) endTree();
    return data.length;
  };
  return overProcess(process, { output: boundStream(process.output, sizeOf, bound), wait: () => exit });
}
