import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, type Running, startListener } from "./start-program.ts";

/** A forward proxy to be measured against. */
export type PeerName = "tinyproxy" | "squid";

/** Starts a peer that lets nothing through but `localhost`; a text tells why it cannot. */
export async function startPeer(name: PeerName): Promise<Running | string> {
  const program = findProgram(name);
  if (program === undefined) return `${name} is not installed`;
  const folder = mkdtempSync(join(tmpdir(), `ctx-sandbox-bench-${name}-`));
  const port = await freePort();
  const file = join(folder, "configuration");
  writeFileSync(join(folder, "allowed"), "^localhost$\n");
  writeFileSync(file, configurations[name](port, folder));
  if (process.getuid?.() === 0) chownSync(folder, nobody, nobody);
  const args = name === "tinyproxy" ? ["-d", "-c", file] : ["-N", "-f", file];
  let running: Running;
  try {
    running = await startListener(program, args, port);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    return `${name} does not start here: ${error instanceof Error ? error.message : error}`;
  }
  return {
    port,
    close: async () => {
      await running.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const nobody = 65_534;

const configurations = {
  tinyproxy: (port: number, folder: string) =>
    `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 200\nFilter "${join(folder, "allowed")}"\nFilterDefaultDeny Yes\nFilterType ere\nLogLevel Critical\nLogFile "${join(folder, "log")}"\n`,
  squid: (port: number, folder: string) =>
    `http_port 127.0.0.1:${port}\nacl allowed dstdomain localhost\nhttp_access allow allowed\nhttp_access deny all\ncache deny all\naccess_log none\ncache_log ${join(folder, "log")}\npid_filename ${join(folder, "pid")}\ncache_effective_user nobody\ncache_effective_group nogroup\ncoredump_dir ${folder}\nshutdown_lifetime 0 seconds\nvisible_hostname bench\npinger_enable off\ncache_mem 0 MB\n`,
} as const satisfies Record<PeerName, (port: number, folder: string) => string>;

function findProgram(name: string): string | undefined {
  try {
    return execFileSync("sh", ["-c", `PATH=$PATH:/usr/sbin:/usr/local/sbin command -v ${name}`], {
      encoding: "utf8",
    }).trim();
  } catch {
    return undefined;
  }
}
