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


class Listener:
    def __init__(self, address, port, named):
        self.sock, self.named = server(address, port), named
        self.resume()

    def resume(self):
        if self.sock.fileno() >= 0:
            watch(self.sock.fileno(), self.on_event, select.EPOLLIN)

    def on_event(self, event):
        if out_bytes >= OUT_HIGH:
            forget(self.sock.fileno())
            stalled.append(self)
            return
        for _ in range(64):
            try:
                sock, _peer = self.sock.accept()
                open_stream(sock, self.named)
            except OSError:
                return

    def close(self):
        forget(self.sock.fileno())
        self.sock.close()


def open_stream(sock, named):
    global last_id
    sock.setblocking(False)
    if len(streams) >= STREAMS:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return sock.close()
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


def listen(wanted):
    wanted -= {0, 53, PROXY_PORT}
    for port in [port for port in listeners if port not in wanted]:
        listeners.pop(port).close()
    for port in sorted(wanted - set(listeners))[:PORTS]:
        try:
            listeners[port] = Listener("0.0.0.0", port, True)
        except OSError:
            pass
    begin()


begun = []


def begin():
    if begun:
        return
    begun.append(Listener("127.0.0.1", PROXY_PORT, False))
    tcp = server("127.0.0.1", 53)
    watch(tcp.fileno(), lambda event: accept_dns(tcp), select.EPOLLIN)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 53))
    udp.setblocking(False)
    watch(udp.fileno(), lambda event: on_datagram(udp), select.EPOLLIN)
    send(READY, 0, bytes([VERSION]))
`;
