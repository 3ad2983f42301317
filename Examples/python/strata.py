"""One Strata stack for Python, by ctypes: the functions of strata.h as they are, errors as OSError.

The library is that of a release build, or what STRATA_LIBRARY says:

    swift build -c release && python3 Examples/python/handshake.py
"""

import ctypes
import os
import pathlib
import socket
import struct

NEVER = 2**63 - 1


def _load():
    built = pathlib.Path(__file__).resolve().parents[2] / ".build" / "release" / "libstrata.so"
    library = ctypes.CDLL(os.environ.get("STRATA_LIBRARY", str(built)), use_errno=True)
    pointer, integer, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
    text = ctypes.c_char_p
    signatures = {
        "new": (pointer, [ctypes.c_uint, ctypes.c_uint64]),
        "free": (None, [pointer]),
        "address": (integer, [pointer, text, text]),
        "set": (integer, [pointer, text, text]),
        "ip_input": (integer, [pointer, text, size]),
        "ip_output": (ctypes.c_ssize_t, [pointer, pointer, size, pointer]),
        "advance": (ctypes.c_int64, [pointer, ctypes.c_int64]),
        "socket": (integer, [pointer, integer, integer, integer]),
        "bind": (integer, [pointer, integer, text, ctypes.c_uint]),
        "listen": (integer, [pointer, integer, integer]),
        "accept4": (integer, [pointer, integer, pointer, pointer, integer]),
        "connect": (integer, [pointer, integer, text, ctypes.c_uint]),
        "read": (ctypes.c_ssize_t, [pointer, integer, pointer, size]),
        "write": (ctypes.c_ssize_t, [pointer, integer, text, size]),
        "shutdown": (integer, [pointer, integer, integer]),
        "close": (integer, [pointer, integer]),
        "getsockopt": (integer, [pointer, integer, integer, integer, pointer, pointer]),
        "setsockopt": (integer, [pointer, integer, integer, integer, text, ctypes.c_uint]),
        "poll": (integer, [pointer, pointer, ctypes.c_ulong, integer]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, "strata_" + name)
        function.restype, function.argtypes = result, arguments
    return library


_library = _load()


def _checked(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def v4(host, port):
    """An IPv4 address as sockaddr_in."""
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", port, socket.inet_aton(host))


class Stack:
    """A stack in virtual time: packets in, packets out, and sockets in between."""

    def __init__(self, mtu=1500, seed=1):
        self._stack = _library.strata_new(mtu, seed)
        self._buffer = ctypes.create_string_buffer(65536)

    def close(self):
        _library.strata_free(self._stack)
        self._stack = None

    def address(self, address, gateway=None):
        _checked(_library.strata_address(self._stack, address.encode(), gateway and gateway.encode()))

    def set(self, name, value):
        _checked(_library.strata_set(self._stack, name.encode(), str(value).encode()))

    def input(self, packet):
        _checked(_library.strata_ip_input(self._stack, packet, len(packet)))

    def output(self):
        """The packets that wait, each with its time in nanoseconds."""
        packets, time = [], ctypes.c_int64()
        while count := _checked(
            _library.strata_ip_output(self._stack, self._buffer, len(self._buffer), ctypes.byref(time))
        ):
            packets.append((time.value, self._buffer.raw[:count]))
        return packets

    def advance(self, now):
        """Moves the clock; gives the next deadline, or NEVER."""
        return _library.strata_advance(self._stack, now)

    def socket(self, domain=socket.AF_INET, type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK):
        return _checked(_library.strata_socket(self._stack, domain, type, 0))

    def bind(self, fd, name):
        _checked(_library.strata_bind(self._stack, fd, name, len(name)))

    def listen(self, fd, backlog=8):
        _checked(_library.strata_listen(self._stack, fd, backlog))

    def accept(self, fd):
        return _checked(_library.strata_accept4(self._stack, fd, None, None, socket.SOCK_NONBLOCK))

    def connect(self, fd, name):
        _checked(_library.strata_connect(self._stack, fd, name, len(name)))

    def read(self, fd, count=65536):
        got = _checked(_library.strata_read(self._stack, fd, self._buffer, count))
        return self._buffer.raw[:got]

    def write(self, fd, data):
        return _checked(_library.strata_write(self._stack, fd, data, len(data)))

    def shutdown(self, fd, how):
        _checked(_library.strata_shutdown(self._stack, fd, how))

    def close_socket(self, fd):
        _checked(_library.strata_close(self._stack, fd))

    def option(self, fd, level, name, size=4):
        count = ctypes.c_uint(size)
        _checked(
            _library.strata_getsockopt(self._stack, fd, level, name, self._buffer, ctypes.byref(count))
        )
        return self._buffer.raw[: count.value]

    def events(self, fd, events=0x27FF):
        """What poll says of one socket now."""
        asked = ctypes.create_string_buffer(struct.pack("=ihh", fd, events, 0))
        _checked(_library.strata_poll(self._stack, asked, 1, 0))
        return struct.unpack("=ihh", asked.raw[:8])[2]
