import { SandboxError } from "../../../src/errors/index.ts";
import type {
  AnswerMessage,
  CallMessage,
  CancelFetchMessage,
  FetchMessage,
  SupervisorSettings,
} from "../protocol.ts";
import { failureOf } from "./failure.ts";
import { Supervisor } from "./supervisor.ts";

/** The process of one sandbox. It lives as long as the channel to the process that made it. */
function main(): void {
  let supervisor: Promise<Supervisor> | undefined;

  const send = (message: AnswerMessage | FetchMessage | CancelFetchMessage) =>
    void process.send?.(message, () => {});

  const handle = async ({ method, params }: CallMessage): Promise<unknown> => {
    if (method === "open") {
      supervisor = Supervisor.open(params as SupervisorSettings, send);
      await supervisor;
      return undefined;
    }
    const { handlers } = (await supervisor) ?? {};
    if (handlers === undefined) throw new SandboxError("runtime_error", "The sandbox was not opened.");
    const handler = handlers[method] as (params: unknown) => unknown;
    return await handler(params);
  };

  process.on("message", (call: CallMessage) => {
    handle(call).then(
      (value) => send({ id: call.id, value }),
      (error: unknown) => send({ id: call.id, failure: failureOf(error) }),
    );
  });
  // Whatever the threads are doing: there is nobody left to do it for.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
}

main();
