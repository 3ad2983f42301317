"""Asks a server for one small file again and again, one request after the other on one connection."""
import socket
import sys

port, count = int(sys.argv[1]), int(sys.argv[2])
request = b"GET /1k.bin HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: requests\r\nAccept: */*\r\n\r\n"
client = socket.create_connection(("127.0.0.1", port))
for _ in range(count):
    client.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer or len(answer) < answer.index(b"\r\n\r\n") + 4 + 1024:
        piece = client.recv(65536)
        if not piece:
            sys.exit("the server closed the connection")
        answer += piece
    if not answer.startswith(b"HTTP/1.1 200 "):
        sys.exit("the server answered %r" % answer[:40])
