import type { SnapshotInfo } from "../../sandbox/index.ts";
import type { ActionContext } from "../action.ts";
import { withSharedClient } from "../open-client.ts";
import { formatAge } from "../output/format-age.ts";
import { formatBytes } from "../output/format-bytes.ts";
import type { Stylist } from "../output/style.ts";
import { renderTable } from "../output/table.ts";

/** `snapshot ls`: the snapshots of the runtime. */
export async function listSnapshots(context: ActionContext): Promise<number> {
  const { console, signal } = context;
  return await withSharedClient(context, async (client) => {
    const snapshots = await client.listSnapshots({ signal });
    if (console.json) await console.printJson({ snapshots });
    else if (console.quiet) await console.write(snapshots.map(({ name }) => `${name}\n`).join(""));
    else await console.write(renderSnapshots(snapshots, console.style));
    return 0;
  });
}

function renderSnapshots(snapshots: readonly SnapshotInfo[], style: Stylist): string {
  const rows = snapshots.map(({ name, image, sandbox, createdAt, sizeBytes, labels }) => [
    name,
    image,
    sandbox,
    formatAge(createdAt),
    sizeBytes === undefined ? "-" : formatBytes(sizeBytes),
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
  ]);
  return renderTable(["NAME", "IMAGE", "SANDBOX", "CREATED", "SIZE", "LABELS"], rows, style);
}
