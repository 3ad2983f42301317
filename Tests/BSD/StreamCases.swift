extension BesideKernelTests {
  static let streamCases: [Case] = [
    Case("bytes, in pieces and peeked at") { p in
      let (client, server, _) = p.pair()
      p.receive(server)
      p.send(client, "hello world")
      p.poll(server)
      p.control(server, 0x541b)
      p.receive(server, 5, 0x42)
      p.receive(server, 100, 0x42)
      p.receive(server, 5)
      p.receive(server, 0)
      p.receive(server, 100)
      p.receive(server, 0)
      p.poll(server)
      p.control(server, 0x541b)
      p.control(client, 0x5411)
      p.control(client, 0x894b)
      p.send(client, "")
      p.receive(server, 10, 0x41)
      p.send(client, "abcdef")
      p.receive(server, 4, 0x60)
      p.receive(server, 10)
    },
    Case("all or nothing comes at the end all the same") { p in
      let (client, server, _) = p.pair()
      p.send(client, "abc")
      p.receive(server, 10, 0x140)
      p.send(client, "def")
      p.close(client)
      p.setStatus(server, 0)
      p.receive(server, 10, 0x100)
      p.receive(server, 10, 0x100)
    },
    Case("waiting has its limits") { p in
      let (client, server, listener) = p.pair()
      p.setStatus(server, 0)
      p.setStatus(listener, 0)
      p.set(server, 1, 20, 0, 0, 20_000, 0)
      p.get(server, 1, 20, 16)
      p.receive(server, 10, 0)
      p.send(client, "abc")
      p.receive(server, 10, 0x100)
      p.set(listener, 1, 20, 0, 0, 20_000, 0)
      _ = p.accept(listener, 0)
      p.set(server, 1, 20, 0, 0, 1_000_000, 0)
      p.set(server, 1, 20, 0, 0, 20_000)
      p.set(server, 1, 20, -1, -1, 0, 0)
      p.receive(server, 10, 0)
    },
    Case("low water") { p in
      let (client, server, _) = p.pair()
      p.set(server, 1, 18, 4)
      p.get(server, 1, 18)
      p.set(client, 6, 1, 1)
      p.send(client, "abc")
      p.poll(server)
      p.send(client, "d")
      p.poll(server)
      p.set(server, 1, 18, -5)
      p.set(server, 1, 18, 0)
      p.get(server, 1, 18)
    },
    Case("a datagram's address means nothing to a stream") { p in
      let (client, server, _) = p.pair()
      p.send(client, "x", 0x40, to: Protocol.v4(9))
      p.receive(server)
    },
  ]

  static let endingCases: [Case] = [
    Case("one side ends, then the other") { p in
      let (client, server, _) = p.pair()
      p.send(client, "last")
      p.shutdown(client, 1)
      p.poll(client)
      p.send(client, "x")
      p.poll(server)
      p.receive(server)
      p.receive(server)
      p.poll(server)
      p.send(server, "answer")
      p.poll(client)
      p.receive(client)
      p.shutdown(server, 1)
      p.poll(server)
      p.poll(client)
      p.receive(client)
      p.shutdown(client, 1)
      p.names(client)
      p.shutdown(server, 2)
      p.names(server)
      p.send(server, "x")
      p.receive(server)
    },
    Case("who reads no more still gets what comes") { p in
      let (client, server, _) = p.pair()
      p.shutdown(server, 0)
      p.poll(server)
      p.receive(server)
      p.send(client, "late")
      p.receive(server)
      p.receive(server)
      p.shutdown(server, 2)
      p.poll(server)
      p.poll(client)
    },
    Case("a reset is told once") { p in
      let (client, server, _) = p.pair()
      p.set(client, 1, 13, 1, 0)
      p.get(client, 1, 13, 8)
      p.close(client)
      p.poll(server)
      p.receive(server)
      p.receive(server)
      p.poll(server)
      p.send(server, "x")
      p.get(server, 1, 4)
      p.names(server)
      p.shutdown(server, 2)
      p.connect(server, Protocol.v4(9))
    },
    Case("a reset is told to who writes") { p in
      let (client, server, _) = p.pair()
      p.set(client, 1, 13, 1, 0)
      p.close(client)
      p.send(server, "x")
      p.send(server, "x")
      p.receive(server)
    },
    Case("bytes before a reset can be read") { p in
      let (client, server, _) = p.pair()
      p.send(client, "abc")
      p.set(client, 1, 13, 1, 0)
      p.close(client)
      p.poll(server)
      p.receive(server, 2)
      p.receive(server, 2)
      p.receive(server, 2)
      p.receive(server, 2)
    },
    Case("who leaves bytes unread resets") { p in
      let (client, server, _) = p.pair()
      p.send(client, "abc")
      p.close(server)
      p.poll(client)
      p.receive(client)
      p.receive(client)
    },
    Case("writing to who is gone: a reset, then a broken pipe") { p in
      let (client, server, _) = p.pair()
      p.close(server)
      p.poll(client)
      p.receive(client)
      p.send(client, "x")
      p.poll(client)
      p.receive(client)
      p.send(client, "x")
      p.get(client, 1, 4)
      p.poll(client)
    },
    Case("writing to who is gone, and asking why") { p in
      let (client, server, _) = p.pair()
      p.close(server)
      p.send(client, "x")
      p.get(client, 1, 4)
      p.send(client, "x")
      p.receive(client)
    },
    Case("a connection that was reset before it was accepted") { p in
      let (listener, port) = p.listener()
      let client = p.socket()
      p.connect(client, Protocol.v4(port))
      p.set(client, 1, 13, 1, 0)
      p.close(client)
      p.poll(listener)
      let server = p.accept(listener)
      p.poll(server)
      p.names(server)
      p.receive(server)
    },
    Case("what waits at a listener that goes") { p in
      let (listener, port) = p.listener()
      let client = p.socket(2, 1 | 0x800)
      p.connect(client, Protocol.v4(port))
      p.close(listener)
      p.poll(client)
      p.receive(client)
    },
    Case("lingering until the peer has all") { p in
      let (client, server, _) = p.pair()
      p.set(client, 1, 13, 1, 5)
      p.send(client, "abc")
      p.close(client)
      p.receive(server)
      p.receive(server)
    },
  ]
}
