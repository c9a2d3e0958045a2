/**
 * PID 1 of every sandbox. It keeps the container alive, reaps orphans (its shell waits for any child), and hands what arrives on
 * its stdin to the engine's bounded log. The engine's signals reach it without a new process, so they work in a fork bomb too:
 * TERM asks all processes to end, USR1 ends them (kill -1 spares the sender and is atomic towards fork). When the shell cannot
 * fork it gives up, so its exit trap starts it anew in place: PID 1 never dies. `$0` is this script itself.
 */
const initScript = `trap 'exec /bin/sh -c "$0" "$0"' EXIT
trap : INT HUP
trap 'kill -TERM -1' TERM
trap 'kill -KILL -1' USR1
exec 3<&0
while :; do
  cat <&3 & child=$!
  while kill -0 $child; do wait $child; done
  sleep 1 & wait $!
done 2>/dev/null`;

/**
 * Starts one command. `ulimit -t` tags it: the kernel hands a limit on to every descendant, whatever it does with sessions,
 * parents or its environment, and it cannot be raised again. The number is far above any CPU time.
 * Arguments: working folder, tag, program, its arguments.
 */
const launchScript = `cd "$1" || exit 126
ulimit -t "$2"
shift 2
exec "$@"`;

/**
 * Runs as root with CAP_KILL and obeys orders on stdin, one a line: `freeze` stops every process but PID 1 and itself, `list` prints
 * `pid hard-cpu-limit` of all, `send SIGNAL PID…` signals some, `thaw` lets them go on. When its stdin ends (the controller died) it
 * thaws and ends. Only builtins: it works when no process can be forked any more.
 */
const signalScript = `echo done ready
while read -r order rest; do
case $order in
freeze) kill -STOP -1 ;;
thaw) kill -CONT -1 ;;
send) set -- $rest; signal=$1; shift; for pid; do kill -"$signal" "$pid"; done ;;
list) for path in /proc/[0-9]*; do
  hard=
  while read -r a b c soft hard unit; do [ "$a $b" = "Max cpu" ] && break; hard=; done < "$path/limits"
  echo "\${path#/proc/} $hard"
done ;;
esac
echo "done $order"
done 2>/dev/null
kill -CONT -1`;

/** The three scripts that run inside a sandbox on our behalf. */
export const sandboxScripts = { init: initScript, launch: launchScript, signal: signalScript } as const;
