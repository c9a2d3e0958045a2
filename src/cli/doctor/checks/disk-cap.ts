import { needsCap } from "../applicability.ts";
import type { Check } from "../check.ts";

const file = "/workspace/ctx-sandbox-doctor.fill";
const blockBytes = 65_536;

export const diskCap: Check = {
  name: "disk-cap",
  title: "/workspace cannot grow over its cap",
  notApplicable: needsCap("disk"),
  attempt: async ({ sandbox, caps: { diskMib = 0 }, signal }) => {
    const askedMib = diskMib * 2;
    const attack = `block=$(printf '%${blockBytes}d' 0)
i=0
while [ $i -lt ${(askedMib * 1_048_576) / blockBytes} ]; do
  printf %s "$block" >> ${file} || break
  i=$((i + 1))
done`;
    await sandbox.shell(attack, { signal, timeoutMs: 60_000 });
    const { size } = await sandbox.files.stat(file);
    await sandbox.files.remove(file, { force: true });
    return {
      enforced: size <= diskMib * 1_048_576,
      evidence: `${Math.floor(size / 1_048_576)} of ${askedMib} MiB could be written (cap ${diskMib} MiB)`,
    };
  },
};
