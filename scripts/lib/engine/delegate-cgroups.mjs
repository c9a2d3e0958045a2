import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = "/sys/fs/cgroup";

/**
 * Lets an engine make cgroups with caps where this is itself a container with a cgroup v2 namespace of its own: there, the
 * controllers can only be handed down once no process is left in the topmost group, so they are moved into a group below
 * it. Elsewhere nothing is to do; where it is not allowed nothing changes, and the engine will tell what it lacks.
 */
export function delegateCgroups() {
  const isInnerGroup = existsSync(join(root, "cgroup.controllers")) && existsSync(join(root, "cgroup.type"));
  if (!isInnerGroup) return;
  const available = read("cgroup.controllers");
  const missing = available.filter((name) => !read("cgroup.subtree_control").includes(name));
  if (missing.length === 0) return;
  try {
    const below = join(root, "ctx-sandbox-tests");
    mkdirSync(below, { recursive: true });
    for (const pid of read("cgroup.procs")) move(pid, below);
    writeFileSync(join(root, "cgroup.subtree_control"), missing.map((name) => `+${name}`).join(" "));
  } catch {}
}

function read(name) {
  return readFileSync(join(root, name), "utf8").split(/\s+/).filter(Boolean);
}

/** A process may end at any moment, and one of the kernel's cannot be moved; neither matters. */
function move(pid, group) {
  try {
    writeFileSync(join(group, "cgroup.procs"), pid);
  } catch {}
}
