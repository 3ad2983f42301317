"""A peer played by hand, packet for packet: a handshake, a request, an answer, and both ends."""

import errno

from packet import ACK, FIN, PSH, SYN, Segment, segment
from strata import Stack, v4

US, PEER = ("192.0.2.1", 80), ("192.0.2.2", 40000)
MS = 1_000_000


def peer(flags, seq, ack=0, payload=b"", options=b""):
    stack.input(segment(PEER, US, flags, seq, ack, payload=payload, options=options))


def one():
    """The only packet that the stack made."""
    ((time, packet),) = stack.output()
    made = Segment(packet)
    print(f"{time / MS:7.1f} ms  {made}")
    return time, made


stack = Stack(mtu=1500, seed=7)
stack.address("192.0.2.1/24")
listener = stack.socket()
stack.bind(listener, v4(*US))
stack.listen(listener)

peer(SYN, 1000, options=b"\x02\x04\x05\xb4")
_, answer = one()
assert answer.flags == SYN | ACK and answer.ack == 1001
assert answer.options[:4] == b"\x02\x04\x05\xb4", "1,460 bytes fit a packet of 1,500"

try:
    stack.accept(listener)
    raise AssertionError("the handshake is not over")
except OSError as error:
    assert error.errno == errno.EAGAIN

stack.advance(10 * MS)
peer(ACK, 1001, answer.seq + 1)
server = stack.accept(listener)
assert stack.events(server) == 0x104, "POLLOUT and POLLWRNORM"

peer(ACK | PSH, 1001, answer.seq + 1, b"hello")
assert stack.read(server) == b"hello"
assert stack.output() == [], "the acknowledgment waits for company"
deadline = stack.advance(20 * MS)
stack.advance(deadline)
time, acknowledgment = one()
assert (time, acknowledgment.ack) == (deadline, 1006)

stack.write(server, b"good day")
_, data = one()
assert data.payload == b"good day" and data.flags == ACK | PSH
peer(ACK | FIN, 1006, data.seq + 8)
assert stack.read(server) == b"", "the peer's stream has ended"
_, acknowledgment = one()
assert acknowledgment.ack == 1007
stack.close_socket(server)
_, finish = one()
assert finish.flags & FIN and finish.seq == data.seq + 8
stack.close()
print("done")
