import type { ConnectedClient } from "../connect.ts";
import { withoutUndefined } from "../util/without-undefined.ts";
import type { ActionContext } from "./action.ts";
import { policyOptions, runtimeOptions } from "./options/global-options.ts";
import { describeSelection } from "./output/describe-selection.ts";
import { requireSharedSandboxes } from "./require-shared-sandboxes.ts";

type Use<Result> = (client: ConnectedClient) => Promise<Result>;

/** Connects to the runtime that the options ask for, says which one was taken where that matters, and closes it at the end. */
export async function withClient<Result>(context: ActionContext, use: Use<Result>): Promise<Result> {
  return await connect(context, () => {}, use);
}

/** As {@link withClient}, for commands on sandboxes that other commands made or are to use. */
export async function withSharedClient<Result>(context: ActionContext, use: Use<Result>): Promise<Result> {
  return await connect(context, requireSharedSandboxes, use);
}

async function connect<Result>(
  { globals, console, signal }: ActionContext,
  check: (client: ConnectedClient) => void,
  use: Use<Result>,
): Promise<Result> {
  const { createSandboxClient } = await import("../connect.ts");
  const { runtime, minimumIsolation } = globals;
  const client = await createSandboxClient(
    withoutUndefined({
      runtime,
      minimumIsolation,
      ...runtimeOptions(globals),
      ...policyOptions(globals),
      signal,
    }),
  );
  let result: Result;
  try {
    check(client);
    const notice = describeSelection(runtime, client.selection);
    if (notice !== undefined) console.note(notice);
    result = await use(client);
  } catch (error) {
    await client.close().catch(() => {});
    throw error;
  }
  await client.close();
  return result;
}
