/** Python: one connection of a program. It is read only as far as the window and stdout allow, and written to without waiting. */
export const streamScript = `
class Stream:
    def __init__(self, sock, number):
        self.sock, self.fd, self.id = sock, sock.fileno(), number
        self.window, self.consumed, self.mask = WINDOW, 0, 0
        self.pending = bytearray()
        self.host_ended = self.program_ended = self.shut = self.stalled = self.closed = False

    def update(self):
        if self.closed:
            return
        if self.host_ended and not self.pending and not self.shut:
            self.shut = True
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        if self.shut and self.program_ended:
            return self.close()
        mask = select.EPOLLOUT if self.pending else 0
        if not self.program_ended and self.window > 0 and not self.stalled:
            mask |= select.EPOLLIN
        if mask == self.mask:
            return
        if not self.mask:
            watch(self.fd, self.on_event, mask)
        elif not mask:
            forget(self.fd)
        else:
            poll.modify(self.fd, mask)
        self.mask = mask

    def on_event(self, event):
        try:
            if self.pending and event & (select.EPOLLOUT | select.EPOLLERR | select.EPOLLHUP):
                with memoryview(self.pending) as view:
                    sent = self.sock.send(view[:FRAME])
                del self.pending[:sent]
                self.report(sent)
            if self.mask & select.EPOLLIN and event & ~select.EPOLLOUT:
                self.read()
        except BlockingIOError:
            pass
        except OSError:
            return self.reset()
        self.update()

    def resume(self):
        self.stalled = False
        self.update()

    def read(self):
        if out_bytes >= OUT_HIGH:
            self.stalled = True
            stalled.append(self)
            return
        data = self.sock.recv(min(FRAME, self.window))
        if data:
            self.window -= len(data)
            send(DATA, self.id, data)
        else:
            self.program_ended = True
            send(END, self.id)

    def write(self, piece):
        if self.closed:
            return
        sent = 0
        if not self.pending:
            try:
                sent = self.sock.send(piece)
            except BlockingIOError:
                pass
            except OSError:
                return self.reset()
        self.report(sent)
        if sent < len(piece):
            self.pending += piece[sent:]
            self.update()

    def report(self, count):
        self.consumed += count
        if self.consumed >= REPORT and not self.host_ended:
            send(CREDIT, self.id, struct.pack(">I", self.consumed))
            self.consumed = 0

    def reset(self):
        if not self.closed:
            send(RESET, self.id)
            self.close(True)

    def close(self, hard=False):
        if self.closed:
            return
        self.closed = True
        if self.mask:
            forget(self.fd)
        if hard:
            try:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
        self.sock.close()
        self.pending = bytearray()
        streams.pop(self.id, None)
`;
