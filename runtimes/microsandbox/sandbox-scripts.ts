import { passedSignals } from "./launch-line.ts";

/**
 * Prepares a guest that has just booted, as root with every capability, before any command of a user runs. The cgroup `box` holds
 * all commands to the caps; each command gets a group of its own below it. The vendor's agent writes below /.msb now and then, which
 * keeps it busy for a moment. Arguments: bytes of memory, processes, CPU quota in
 * microseconds of 100,000, groups, `ro` or `rw` for the root file system, the folder of which
 * alone is put back what was saved (empty for all), hostname, the contents of /etc/hosts and /etc/resolv.conf,
 * then pairs of a folder and the options of the file system in memory there. What stop() saved of those folders is put back.
 */
const setupScript = `set -e
memory=$1 pids=$2 quota=$3 groups=$4 root=$5 only=$6
shift
echo "$6" > /proc/sys/kernel/hostname
printf %s "$7" > /etc/hosts
printf %s "$8" > /etc/resolv.conf
shift 8
if [ -n "$only" ] && [ -d /.ctx-sandbox/saved ]; then
  mkdir -p /.ctx-sandbox/kept
  mv "/.ctx-sandbox/saved$only" /.ctx-sandbox/kept/ 2>/dev/null || :
  rm -rf /.ctx-sandbox/saved
  mv /.ctx-sandbox/kept /.ctx-sandbox/saved
fi
cd /sys/fs/cgroup
echo "+cpu +memory +pids" > cgroup.subtree_control
mkdir -p box
echo "+memory +pids" > box/cgroup.subtree_control
echo "$pids" > box/pids.max
echo "$memory" > box/memory.max
echo "$quota 100000" > box/cpu.max
names=
i=1
while [ "$i" -le "$groups" ]; do names="$names box/$i"; i=$((i + 1)); done
mkdir -p $names box/setup
umount /tmp 2>/dev/null || :
while [ $# -gt 1 ]; do
  [ -d "$1" ] || mkdir -p "$1"
  mount -t tmpfs -o "$2" tmpfs "$1"
  if [ -d "/.ctx-sandbox/saved$1" ]; then
    sh -c 'echo $$ > /sys/fs/cgroup/box/setup/cgroup.procs && exec cp -a "$1/." "$2/"' sh "/.ctx-sandbox/saved$1" "$1"
  fi
  shift 2
done
[ ! -e /.ctx-sandbox/saved ] || rm -rf /.ctx-sandbox/saved
mount -o remount,bind,nosuid,noexec /dev
tries=0
until mount -o remount,bind,ro,nosuid,nodev /.msb 2>/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { echo "/.msb stays busy" >&2; exit 1; }
  sleep 0.1
done
for place in /proc/sys /proc/sysrq-trigger; do
  [ -e "$place" ] || continue
  mount --bind "$place" "$place"
  mount -o remount,bind,ro,nosuid,nodev,noexec "$place"
done
mount -o remount,bind,ro,nosuid,nodev,noexec /sys
mount -o remount,bind,ro,nosuid,nodev,noexec /sys/fs/cgroup
mount -o "remount,$root,nosuid,nodev" /`;

/** Copies folders to the disk, where they outlive the guest. Arguments: the folders. */
const saveScript = `set -e
mount -o remount,rw /
rm -rf /.ctx-sandbox
mkdir -m 700 /.ctx-sandbox
for folder; do
  mkdir -p "/.ctx-sandbox/saved$folder"
  cp -a "$folder/." "/.ctx-sandbox/saved$folder/"
done
sync`;

/**
 * Obeys orders on stdin, one a line, as root in the root group. It mounts the groups for itself alone: the folder it stands in is
 * reachable by nobody else. Only builtins in its loop, so that it works when no process can be made any more. Every answer ends with
 * `done` and the order's number.
 */
const controlScript = `mkdir /dev/ctx-sandbox.$$ && mount -t cgroup2 none /dev/ctx-sandbox.$$ && cd /dev/ctx-sandbox.$$/box || exit 1
umount -l /dev/ctx-sandbox.$$
rmdir /dev/ctx-sandbox.$$
exec 2>/dev/null
echo "done 0"
while read -r number order group rest; do
case $order in
join) echo "$rest" > "$group/cgroup.procs" && echo joined ;;
kill) echo 1 > "$group/cgroup.kill" ;;
freeze) echo "$rest" > "$group/cgroup.freeze" ;;
signal) shell=\${rest% *} found= sent=
  while read -r pid; do
    if [ "$pid" = "$shell" ]; then found=1; else kill -"\${rest#* }" "$pid"; sent=1; fi
  done < "$group/cgroup.procs"
  [ "$found$sent" = 1 ] && [ -z "$sent" ] && echo waiting ;;
look) while read -r line; do echo "$line"; done < "$group/cgroup.events"
  while read -r line; do echo "$line"; done < "$group/memory.events" ;;
list) for path in */cgroup.procs; do
  while read -r pid; do echo "$pid"; done < "$path"
done ;;
signal-all) for path in */cgroup.procs; do
  while read -r pid; do kill -"$rest" "$pid"; done < "$path"
done ;;
more) mkdir $rest ;;
measure) for path in cpu.stat memory.stat; do
  while read -r line; do echo "$line"; done < "$path"
done
read -r value < memory.current; echo "memory $value"
read -r value < pids.current; echo "pids $value" ;;
esac
echo "done $number"
done`;

/**
 * A shell that waits for one line on its stdin and runs it; what follows the line is the command's stdin. Descriptor 9 is its stderr:
 * its own remarks on how a command ended are nobody's output. Signals meant for the command must not end it.
 */
const launchScript = `unset KRUN_BOOT_START_NS TERM OLDPWD __ctx_line __ctx_newline
PATH=\${PATH#/.msb/scripts:}
[ -n "$NODE_USE_ENV_PROXY" ] && unset ALL_PROXY all_proxy
exec 9>&2 2>/dev/null
trap : ${passedSignals}
__ctx_newline='
'
IFS= read -r __ctx_line || exit
eval "$__ctx_line"`;

/** The scripts that run inside a guest on our behalf. */
export const sandboxScripts = {
  setup: setupScript,
  save: saveScript,
  control: controlScript,
  launch: launchScript,
} as const;
