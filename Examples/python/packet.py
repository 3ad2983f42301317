"""TCP segments over IPv4, made and read by hand."""

import socket
import struct

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def segment(source, destination, flags, seq, ack=0, window=65535, payload=b"", options=b""):
    """A packet from (host, port) to (host, port)."""
    options += b"\0" * (-len(options) % 4)
    offset = (20 + len(options)) // 4
    header = struct.pack(
        "!HHIIBBHHH", source[1], destination[1], seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, offset << 4, flags,
        window, 0, 0,
    )
    ends = socket.inet_aton(source[0]) + socket.inet_aton(destination[0])
    body = header + options + payload
    total = checksum(ends + struct.pack("!HH", 6, len(body)) + body)
    body = body[:16] + struct.pack("!H", total) + body[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0x4000, 64, 6, 0) + ends
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return ip + body


class Segment:
    """A packet, read; its sums are proven."""

    def __init__(self, packet):
        header = (packet[0] & 15) * 4
        assert packet[9] == 6 and checksum(packet[:header]) == 0, "the IPv4 header is right"
        tcp = packet[header:]
        assert checksum(packet[12:20] + struct.pack("!HH", 6, len(tcp)) + tcp) == 0, "the segment's sum is right"
        self.source_port, self.port, self.seq, self.ack, offset, self.flags, self.window = struct.unpack(
            "!HHIIBBH", tcp[:16]
        )
        self.options = tcp[20 : (offset >> 4) * 4]
        self.payload = tcp[(offset >> 4) * 4 :]

    def __str__(self):
        names = [name for bit, name in enumerate("FIN SYN RST PSH ACK".split()) if self.flags >> bit & 1]
        return f"{'+'.join(names)} seq {self.seq} ack {self.ack} window {self.window} {len(self.payload)} bytes"
