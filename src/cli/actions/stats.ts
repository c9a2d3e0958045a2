import type { ActionContext } from "../action.ts";
import { withSharedClient } from "../open-client.ts";
import { formatBytes } from "../output/format-bytes.ts";
import { renderTable } from "../output/table.ts";
import { unlessAborted } from "../unless-aborted.ts";

/** `stats`: the numbers of a running sandbox. */
export async function stats(context: ActionContext, { name }: { readonly name: string }): Promise<number> {
  const { console, signal } = context;
  return await withSharedClient(context, async (client) => {
    const sandbox = await client.get(name, { signal });
    const numbers = await unlessAborted(signal, sandbox.stats());
    if (console.json) {
      await console.printJson({ name, ...numbers });
      return 0;
    }
    const { cpuPercent, memoryBytes, memoryLimitBytes, networkReceivedBytes, networkSentBytes, pids } =
      numbers;
    const row = [
      name,
      `${cpuPercent.toFixed(1)} %`,
      `${formatBytes(memoryBytes)} of ${formatBytes(memoryLimitBytes)}`,
      String(pids),
      `${formatBytes(networkReceivedBytes)} in, ${formatBytes(networkSentBytes)} out`,
    ];
    await console.write(renderTable(["NAME", "CPU", "MEMORY", "PROCESSES", "NETWORK"], [row], console.style));
    return 0;
  });
}
