import { needsCap } from "../applicability.ts";
import type { Check, CheckTarget } from "../check.ts";

export const memoryCap: Check = {
  name: "memory-cap",
  title: "memory cannot grow over its cap",
  notApplicable: needsCap("memory"),
  attempt: async (target) => {
    const { memoryMib = 0 } = target.caps;
    const askedMib = memoryMib * 2;
    const result = await use(target, askedMib);
    const how = result.oomKilled ? "out of memory, killed" : `exit code ${result.exitCode}`;
    return { enforced: !result.ok, evidence: `a use of ${askedMib} MiB: ${how} (cap ${memoryMib} MiB)` };
  },
};

async function use({ sandbox, capabilities: { isolation }, signal }: CheckTarget, askedMib: number) {
  const options = { signal, timeoutMs: 60_000 };
  // An interpreter's memory is looked at from time to time: what is claimed is that nothing stays over the cap.
  if (isolation === "interpreter") {
    const code = `import time\nx = b"x" * (${askedMib} << 20)\ntime.sleep(3)`;
    return await sandbox.python(code, options);
  }
  // dd holds one block in memory and fills it by reading, so that every page of it is touched.
  return await sandbox.exec("dd", ["if=/dev/zero", "of=/dev/null", `bs=${askedMib}M`, "count=1"], options);
}
