import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Component, findComponent } from "../../support/components.ts";

/** Programs of the host that the fake internet is made with. */
const programs = ["ip", "unshare", "nsenter", "python3"];

/**
 * Whether attacks of the network can be run here; the address is that of the engine, which must be reachable by a socket file:
 * from a network namespace of its own, nothing else is.
 */
export function findFakeInternet(): Component {
  const docker = findComponent("docker");
  if (!docker.available) return docker;
  if (process.platform !== "linux") return missing("network namespaces are Linux's");
  if (process.getuid?.() !== 0) return missing("only root can make network namespaces");
  if (!docker.address.startsWith("unix://"))
    return missing(`the engine at ${docker.address} is no socket file`);
  const folders = systemPath().split(delimiter);
  const absent = programs.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
  return absent.length > 0 ? missing(`no program ${absent.join(", ")} is installed`) : docker;
}

/** Where programs are looked for; root's PATH does not always have the folders of the system's own. */
export function systemPath(): string {
  return [process.env.PATH ?? "", "/usr/sbin", "/sbin"].join(delimiter);
}

function missing(reason: string): Component {
  return { available: false, reason };
}
