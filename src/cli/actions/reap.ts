import { errorCodes } from "../../errors/index.ts";
import type { ActionContext } from "../action.ts";
import { withSharedClient } from "../open-client.ts";

/** `reap`: removes what is expired or has lost its owner. */
export async function reap(context: ActionContext): Promise<number> {
  const { console, signal } = context;
  return await withSharedClient(context, async (client) => {
    const { removed, swept, failed } = await client.reap({ signal });
    const [firstFailure] = failed;
    for (const { name, error } of failed) console.error(`${name}: ${error.message}`);
    if (console.json) {
      const error = firstFailure && { error: firstFailure.error };
      await console.printJson({ removed, swept, failed, ...error });
    } else {
      const lines = [...removed.map(({ name, reason }) => `${name} (${reason})`), ...swept.map(leftover)];
      await console.write(lines.map((line) => `${line}\n`).join(""));
    }
    return firstFailure === undefined ? 0 : errorCodes[firstFailure.error.code].exitCode;
  });
}

function leftover(name: string): string {
  return `${name} (left by an interrupted operation)`;
}
