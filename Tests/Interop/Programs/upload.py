"""A small upload protocol with a server and two clients, one of which is wrong on purpose.

    upload.py serve PORT            the server; prints the port where it listens
    upload.py right ADDRESS BYTES   resumes where the server says that its bytes end
    upload.py wrong ADDRESS BYTES   resumes behind the bytes that it has sent

Bytes that were sent are not bytes that arrived: a reset loses what was on its way. The wrong client leaves
a hole there, and never notices while no connection breaks.

A request is one line: "PUT name offset" and the bytes from there up to the end of the stream; "SIZE name";
"SUM name". The last two are answered by one line.
"""

import hashlib
import os
import socket
import sys
import threading

PIECE = 16384
TRIES = 10


def serve(port):
    files = {}
    listener = socket.create_server(("127.0.0.1", port))
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=answer, args=(listener.accept()[0], files), daemon=True).start()


def answer(connection, files):
    try:
        stream = connection.makefile("rb")
        verb, name, *rest = stream.readline().decode().split()
        stored = files.setdefault(name, bytearray())
        if verb == "SIZE":
            connection.sendall(b"%d\n" % len(stored))
        elif verb == "SUM":
            connection.sendall(hashlib.sha256(stored).hexdigest().encode() + b"\n")
        elif verb == "PUT":
            place = int(rest[0])
            while piece := stream.read1(PIECE):
                if len(stored) < place:
                    stored.extend(bytes(place - len(stored)))
                stored[place : place + len(piece)] = piece
                place += len(piece)
            connection.sendall(b"done\n")
    except (OSError, ValueError):
        pass  # What arrived before is stored.
    finally:
        connection.close()


def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=10)


def ask(address, question):
    for _ in range(TRIES):
        try:
            with connect(address) as connection:
                connection.sendall(question.encode() + b"\n")
                line = connection.makefile("rb").readline()
                if line:
                    return line.decode().strip()
        except OSError:
            pass
    sys.exit(question + ": no answer")


def upload(address, count, trusts_sent):
    content = bytes(at * 31 % 251 for at in range(count))
    name = "file-%d" % os.getpid()
    place = 0
    for _ in range(TRIES):
        try:
            with connect(address) as connection:
                connection.sendall(b"PUT %s %d\n" % (name.encode(), place))
                while place < count:
                    place += connection.send(content[place : place + PIECE])
                connection.shutdown(socket.SHUT_WR)
                if connection.recv(16) == b"done\n":
                    break
        except OSError as error:
            print("interrupted at %d: %s" % (place, error))
        if not trusts_sent:
            place = int(ask(address, "SIZE " + name))
    if ask(address, "SUM " + name) != hashlib.sha256(content).hexdigest():
        sys.exit("the server has something else than was uploaded")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        upload(sys.argv[2], int(sys.argv[3]), trusts_sent=sys.argv[1] == "wrong")
