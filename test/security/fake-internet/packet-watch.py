"""Prints, as JSON lines, what comes in over every interface: the first packet of each TCP connection, and all others. Ends with its stdin."""

import json
import select
import socket
import struct
import sys

OUTGOING = 4
NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6", 132: "sctp"}
# Router and neighbour discovery, and group membership: the kernel's own talk.
DISCOVERY = {130, 131, 132, 133, 134, 135, 136, 143}


def transport(protocol, data):
    if protocol == 6:
        if len(data) < 14 or data[13] & 0x12 != 0x02:
            return None
        return struct.unpack("!H", data[2:4])[0]
    if protocol == 17 and len(data) >= 4:
        return struct.unpack("!H", data[2:4])[0]
    if protocol == 58 and data and data[0] in DISCOVERY:
        return None
    return 0


def read(kind, data):
    if kind == 0x0800 and len(data) >= 20:
        start = (data[0] & 15) * 4
        return data[9], socket.inet_ntop(socket.AF_INET, data[16:20]), data[start:]
    if kind == 0x86DD and len(data) >= 40:
        protocol, rest = data[6], data[40:]
        if protocol == 0 and len(rest) >= 8:
            protocol, rest = rest[0], rest[(rest[1] + 1) * 8 :]
        return protocol, socket.inet_ntop(socket.AF_INET6, data[24:40]), rest
    return None


watch = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
watch.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
print("ready", flush=True)
while True:
    # Its owner holds the other end of stdin, and nothing of it outlives its owner.
    if sys.stdin in select.select([watch, sys.stdin], [], [])[0]:
        break
    data, (link, kind, direction, *_) = watch.recvfrom(65535)
    if direction == OUTGOING or link == "lo" or kind == 0x0806:
        continue
    found = read(kind, data)
    if found is None:
        print(json.dumps({"kind": "packet", "link": link, "protocol": hex(kind), "to": "", "port": 0}), flush=True)
        continue
    protocol, to, rest = found
    port = transport(protocol, rest)
    if port is not None:
        name = NAMES.get(protocol, str(protocol))
        print(json.dumps({"kind": "packet", "link": link, "protocol": name, "to": to, "port": port}), flush=True)
