"""Nobody answers: when a SYN is sent again, and when the call gives up."""

import errno

from packet import SYN, Segment
from strata import NEVER, Stack, v4

stack = Stack(seed=3)
stack.address("198.51.100.1/24", "198.51.100.254")
fd = stack.socket()
try:
    stack.connect(fd, v4("203.0.113.9", 443))
except OSError as error:
    assert error.errno == errno.EINPROGRESS

now, times = 0, []
while (deadline := stack.advance(now)) != NEVER:
    for time, packet in stack.output():
        assert Segment(packet).flags == SYN
        times.append(time / 1e9)
    now = deadline
print("SYNs at", times, "seconds")
assert times == [0, 1, 3, 7, 15, 31, 63]
assert stack.events(fd) & 0x18 == 0x18, "POLLERR and POLLHUP"
try:
    stack.connect(fd, v4("203.0.113.9", 443))
except OSError as error:
    assert error.errno == errno.ETIMEDOUT
print("gave up after", now / 1e9, "seconds")
stack.close()
