import { framesScript } from "./forwarder/frames-script.ts";
import { listenScript } from "./forwarder/listen-script.ts";
import { namesScript } from "./forwarder/names-script.ts";
import { streamScript } from "./forwarder/stream-script.ts";

const mainScript = `
def main():
    for fd in (0, 1):
        os.set_blocking(fd, False)
        try:
            __import__("fcntl").fcntl(fd, 1031, 1 << 20)  # F_SETPIPE_SZ
        except (ImportError, OSError):
            pass
    watch(0, on_stdin, select.EPOLLIN)
    watch(1, on_stdout, 0)
    while True:
        for fd, event in poll.poll():
            handler = handlers.get(fd)
            if handler:
                handler(event)


main()
`;

/**
 * The forwarder: the other end of a tunnel, in Python (3.6 or later, standard library). It has no policy and no secret; whoever
 * takes it over gains what code in the sandbox has anyway, connections that the gateway judges. One thread and one epoll loop, because
 * that keeps memory flat: what is read is bounded by the windows, and nothing is read while stdout is full. It ends with its stdin.
 * The names in braces are filled in by forwarderCommand.
 */
export const forwarderScript = [framesScript, streamScript, listenScript, namesScript, mainScript].join("\n");
