/** Python: what is shared, the frames that go out, and the frames that come in. */
export const framesScript = `
import collections, os, select, socket, struct, sys

FRAME, WINDOW, REPORT, STREAMS, PORTS = {frameBytes}, {windowBytes}, {reportBytes}, {streams}, {ports}
READY, SET_PORTS, OPEN, DATA, END, RESET, CREDIT = {kinds}
VERSION, PROXY_PORT, NAMES, DNS_CONNECTIONS, TTL = {version}, {proxyPort}, 4096, 32, 30
OUT_HIGH, OUT_LOW, INPUT = 512 * 1024, 128 * 1024, 256 * 1024
poll = select.epoll()
handlers = {}
out = collections.deque()
out_bytes = 0
stalled = []
streams = {}
last_id = 0
listeners = {}
names = collections.OrderedDict()
addresses = {}
last_address = 0


def watch(fd, handler, mask):
    handlers[fd] = handler
    poll.register(fd, mask)


def forget(fd):
    if handlers.pop(fd, None) is not None:
        poll.unregister(fd)


def send(kind, stream, payload=b""):
    global out_bytes
    out.append(struct.pack(">II", kind << 24 | len(payload), stream))
    if payload:
        out.append(payload)
    if out_bytes == 0:
        poll.modify(1, select.EPOLLOUT)
    out_bytes += 8 + len(payload)


def on_stdout(event):
    global out_bytes
    if event & (select.EPOLLERR | select.EPOLLHUP):
        os._exit(0)
    if not out:
        return
    try:
        sent = os.writev(1, [out[i] for i in range(min(len(out), 64))])
    except BlockingIOError:
        return
    out_bytes -= sent
    while sent:
        if sent < len(out[0]):
            out[0] = memoryview(out[0])[sent:]
            break
        sent -= len(out.popleft())
    if out_bytes == 0:
        poll.modify(1, 0)
    if out_bytes < OUT_LOW and stalled:
        waiting, stalled[:] = stalled[:], []
        for reader in waiting:
            reader.resume()


header = bytearray()
payload = bytearray()
kind = length = number = left = 0


def on_stdin(event):
    global kind, length, number, left, header, payload
    try:
        chunk = os.read(0, INPUT)
    except BlockingIOError:
        return
    if not chunk:
        os._exit(0)
    view, at = memoryview(chunk), 0
    while at < len(view):
        if left == 0:
            taken = view[at : at + 8 - len(header)]
            header += taken
            at += len(taken)
            if len(header) < 8:
                return
            length, number = struct.unpack(">II", header)
            kind, length, header = length >> 24, length & 0xFFFFFF, bytearray()
            left = length
        piece = view[at : at + left]
        at += len(piece)
        left -= len(piece)
        stream = streams.get(number)
        if kind == DATA:
            if stream:
                stream.write(piece)
            continue
        payload += piece
        if left == 0:
            body, payload = bytes(payload), bytearray()
            on_frame(stream, body)


def on_frame(stream, body):
    if kind == SET_PORTS:
        listen(set(struct.unpack(">%dH" % (len(body) // 2), body)))
    elif stream is None:
        return
    elif kind == END:
        stream.host_ended = True
        stream.update()
    elif kind == RESET:
        stream.close(True)
    elif kind == CREDIT:
        stream.window += struct.unpack(">I", body)[0]
        stream.update()
`;
