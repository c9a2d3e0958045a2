import { z } from "zod";
import type { SandboxInfo } from "../../sandbox/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { withSharedClient } from "../open-client.ts";
import { parseLabels } from "../options/assignments.ts";
import { parseOptions } from "../options/parse-options.ts";
import { formatAge } from "../output/format-age.ts";
import type { Stylist } from "../output/style.ts";
import { renderTable } from "../output/table.ts";

const statuses = ["running", "stopped", "lost"] as const;

const schema = z.object({
  label: z.array(z.string()).readonly().optional(),
  status: z.enum(statuses, { error: `one of ${statuses.join(", ")}` }).optional(),
});

/** `ls`: the sandboxes of the runtime. */
export async function list(
  context: ActionContext,
  { options }: { readonly options: RawOptions },
): Promise<number> {
  const { console, signal } = context;
  const { label, status } = parseOptions(schema, options);
  const filter = withoutUndefined({ labels: label && parseLabels(label), status });
  return await withSharedClient(context, async (client) => {
    const sandboxes = await client.listInfo(filter, { signal });
    if (console.json) await console.printJson({ sandboxes });
    else if (console.quiet) await console.write(sandboxes.map(({ name }) => `${name}\n`).join(""));
    else await console.write(renderSandboxes(sandboxes, console.style));
    return 0;
  });
}

function renderSandboxes(sandboxes: readonly SandboxInfo[], style: Stylist): string {
  const rows = sandboxes.map(({ name, status, image, runtime, isolation, createdAt, expiresAt, labels }) => [
    name,
    status,
    image,
    `${runtime} (${isolation})`,
    formatAge(createdAt),
    expiresAt === undefined ? "-" : formatAge(expiresAt),
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
  ]);
  return renderTable(["NAME", "STATUS", "IMAGE", "RUNTIME", "CREATED", "EXPIRES", "LABELS"], rows, style);
}
