/** Python: the listeners, and a stream for each connection. The address that a program connected to tells the name it asked for. */
export const listenScript = `
def server(address, port):
    sock = socket.socket()
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted connections inherit these. The kernel's own sizes could go over the memory cap; less than
        # two segments of the loopback (64 KiB each) would wait for delayed acknowledgements.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        sock.bind((address, port))
        sock.listen(256)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def listen(wanted):
    wanted -= {0, 53, PROXY_PORT}
    for port in [port for port in listeners if port not in wanted]:
        sock = listeners.pop(port)
        forget(sock.fileno())
        sock.close()
    for port in sorted(wanted - set(listeners))[:PORTS]:
        try:
            sock = server("0.0.0.0", port)
        except OSError:
            continue
        listeners[port] = sock
        watch(sock.fileno(), lambda event, sock=sock: accept(sock, True), select.EPOLLIN)
    begin()


def begin():
    if begun:
        return
    begun.append(server("127.0.0.1", PROXY_PORT))
    watch(begun[0].fileno(), lambda event: accept(begun[0], False), select.EPOLLIN)
    begun.append(server("127.0.0.1", 53))
    watch(begun[1].fileno(), lambda event: accept_dns(begun[1]), select.EPOLLIN)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 53))
    udp.setblocking(False)
    begun.append(udp)
    watch(udp.fileno(), lambda event: on_datagram(udp), select.EPOLLIN)
    send(READY, 0, bytes([VERSION]))


begun = []


def accept(listener, named):
    global last_id
    for _ in range(64):
        try:
            sock, _peer = listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        if len(streams) >= STREAMS:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
            continue
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        target = b""
        if named:
            address, port = sock.getsockname()
            host = addresses.get(address, address)
            if host in names:
                names.move_to_end(host)
            target = struct.pack(">H", port) + host.encode("ascii")
        last_id += 1
        stream = streams[last_id] = Stream(sock, last_id)
        send(OPEN, last_id, target)
        stream.update()
`;
