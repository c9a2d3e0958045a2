/** Python: the name server. Every name has an address of its own, so nothing is ever asked outside. */
export const namesScript = `
def address_of(name):
    global last_address
    if name == "localhost" or name.endswith(".localhost"):
        return "127.0.0.1"
    address = names.get(name)
    if address is not None:
        names.move_to_end(name)
        return address
    while True:
        last_address = last_address % 0x3FFFFE + 1
        address = socket.inet_ntoa(struct.pack(">I", 0x7F400000 + last_address))
        if address not in addresses:
            break
    if len(names) >= NAMES:
        del addresses[names.popitem(last=False)[1]]
    names[name] = address
    addresses[address] = name
    return address


NAME_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def answer(query):
    if len(query) < 12:
        return None
    ident, flags, questions = struct.unpack(">HHH", query[:6])
    if flags & 0xF800 or questions != 1:
        return None
    at, labels, plain = 12, [], True
    while True:
        if at >= len(query):
            return None
        size = query[at]
        at += 1
        if size == 0:
            break
        label = query[at : at + size]
        if size > 63 or len(label) < size:
            return None
        plain = plain and NAME_BYTES.issuperset(label)
        labels.append(label)
        at += size
    if at + 4 > len(query) or at - 12 > 255:
        return None
    name = b".".join(labels)
    wanted, family = struct.unpack(">HH", query[at : at + 4])
    found = b""
    if plain and name and wanted == 1 and family == 1:
        found = struct.pack(">HHHIH", 0xC00C, 1, 1, TTL, 4) + socket.inet_aton(address_of(name.decode("ascii").lower()))
    reply = 0x8080 | flags & 0x100 | (0 if plain else 3)
    return struct.pack(">HHHHHH", ident, reply, 1, 1 if found else 0, 0, 0) + query[12 : at + 4] + found


def on_datagram(udp):
    for _ in range(64):
        try:
            query, peer = udp.recvfrom(4096)
        except OSError:
            return
        reply = answer(query)
        if reply:
            try:
                udp.sendto(reply, peer)
            except OSError:
                pass


dns_connections = collections.OrderedDict()


def accept_dns(listener):
    try:
        sock, _peer = listener.accept()
    except OSError:
        return
    sock.setblocking(False)
    if len(dns_connections) >= DNS_CONNECTIONS:
        close_dns(next(iter(dns_connections.values())))
    dns_connections[sock.fileno()] = sock
    buffer = bytearray()
    watch(sock.fileno(), lambda event: on_dns(sock, buffer), select.EPOLLIN)


def close_dns(sock):
    forget(sock.fileno())
    del dns_connections[sock.fileno()]
    sock.close()


def on_dns(sock, buffer):
    try:
        data = sock.recv(4096)
        buffer += data
        while data and len(buffer) >= 2:
            size = buffer[0] << 8 | buffer[1]
            if len(buffer) < 2 + size:
                break
            reply = answer(bytes(buffer[2 : 2 + size]))
            del buffer[: 2 + size]
            if reply is None:
                return close_dns(sock)
            reply = struct.pack(">H", len(reply)) + reply
            if sock.send(reply) < len(reply):
                return close_dns(sock)
        if not data or len(buffer) > 4096:
            close_dns(sock)
    except BlockingIOError:
        pass
    except OSError:
        close_dns(sock)
`;
