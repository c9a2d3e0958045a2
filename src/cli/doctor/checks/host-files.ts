import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "../check.ts";

export const hostFiles: Check = {
  name: "host-files",
  title: "files of the host cannot be read",
  attempt: async ({ sandbox, signal }) => {
    const folder = await mkdtemp(join(tmpdir(), "ctx-sandbox-doctor-"));
    try {
      const path = join(folder, "canary");
      await writeFile(path, "canary of the host");
      const { stdout } = await sandbox.exec("cat", [path], { signal, timeoutMs: 30_000 });
      const seen = stdout.includes("canary of the host");
      return { enforced: !seen, evidence: seen ? `${path} was read` : "a file of the host is not there" };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
