/** The forwarder itself, and every window of it full, as in the runtime of containers. */
const memoryBytes = 64 * 1024 * 1024;
/** No user that an image or a policy has a use for, so that no command can signal it. */
const forwarderId = 65_533;

/**
 * Runs as root and with every capability, in a guest that has been set up: the vendor's program boots one that is down, and such a one
 * is not held to anything. It puts itself into a group of its own, so that what programs make the forwarder do costs
 * neither the sandbox nor the guest's agent their memory, and lets others than root listen on 53, 80 and 443. Both trees of the kernel
 * may be read-only or hidden where they usually are: each is mounted anew, for a moment. Its arguments are the command.
 */
const shellScript = `[ -d /sys/fs/cgroup/box ] || exit 1
umask 077
place=/dev/ctx-sandbox-forwarder.$$
mkdir "$place" || exit 1
if mount -t cgroup2 none "$place"; then
  mkdir -p "$place/forwarder"
  echo ${memoryBytes} > "$place/forwarder/memory.max"
  echo 32 > "$place/forwarder/pids.max"
  echo $$ > "$place/forwarder/cgroup.procs"
  umount -l "$place"
fi 2>/dev/null
mount -t proc proc "$place" || exit 1
echo 0 > "$place/sys/net/ipv4/ip_unprivileged_port_start"
umount -l "$place"
rmdir "$place"
exec "$@"`;

/** Python, before the forwarder begins: root and its capabilities are given up. */
const pythonPrelude = `import os
os.setgroups([])
os.setresgid(${forwarderId}, ${forwarderId}, ${forwarderId})
os.setresuid(${forwarderId}, ${forwarderId}, ${forwarderId})
`;

/** What stands before the forwarder of src/runtime/tunnel in a guest. */
export const forwarderScript = { shell: shellScript, python: pythonPrelude } as const;
