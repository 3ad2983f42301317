"""Asks a server for a big file on many connections, reads a little of each, and waits.

Says "ready" when all have answered and the server has had two seconds to fill what it fills.
"""
import socket
import sys
import time

port, count = int(sys.argv[1]), int(sys.argv[2])
request = b"GET /1g.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
readers = []
for number in range(count):
    reader = socket.socket()
    # A small window: what is kept is the server's, not the client's.
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    reader.bind(("127.0.0.%d" % (2 + number // 4000), 0))
    reader.connect(("127.0.0.1", port))
    reader.sendall(request)
    readers.append(reader)
for reader in readers:
    reader.recv(100)
time.sleep(2)
print("ready", flush=True)
time.sleep(60)
