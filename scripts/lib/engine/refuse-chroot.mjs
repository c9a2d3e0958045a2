import { readFileSync, statSync } from "node:fs";

/**
 * Refuses to start an engine in a chroot. There it starts containers well, but what is run in them later gets the root of
 * the whole machine: joining a container's mounts leaves a chroot. A chroot into a mount is only seen by who may look at
 * the root of the first process.
 */
export function refuseChroot() {
  if (isRootAMount() && !isRootOther()) return;
  throw new Error("this is a chroot, in which an engine does not contain what it runs");
}

function isRootAMount() {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return mounts.some((line) => line.split(" ")[4] === "/");
}

function isRootOther() {
  const [ours, first] = [statSync("/"), statOf("/proc/1/root/")];
  return first !== undefined && (ours.dev !== first.dev || ours.ino !== first.ino);
}

function statOf(path) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
