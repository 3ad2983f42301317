import StrataBase
import StrataSockets
import StrataWire
import Testing

/// Echo sockets, the hops of what is sent, and what the network says of it, on any ground.
extension Ground {
  private func take(_ calls: Calls, _ d: Descriptor) throws(SocketError) -> (
    bytes: [UInt8], got: ReceivedDatagram
  ) {
    var room = [UInt8](repeating: 0, count: 65_536)
    var span = room.mutableSpan
    var target = span.mutableBytes
    let got = try calls.receiveDatagram(d, into: &target)
    return (Array(room[..<got.count]), got)
  }

  private func isReadable(_ calls: Calls, _ d: Descriptor) -> Bool {
    calls.readiness(d).contains(.readable)
  }

  private var peer: SocketAddress { SocketAddress(address: addressOfB, port: 0) }

  func anEchoRequestComesBackWithItsSequenceAndData() throws {
    let d = try a.socket(.echo)
    for (sequence, count) in [(1, 0), (2, 1), (0xffff, 56), (7, 1_472), (8, 5_000)] {
      let request = EchoMessage.request(
        sequence: UInt16(sequence), data: Pattern.bytes(0..<count), to: addressOfB)
      try a.send(d, request.span.bytes, to: peer)
      try run { isReadable(a, d) }
      let (reply, got) = try take(a, d)
      #expect(reply.count == request.count && got.from == peer && got.timeToLive == 64)
      #expect(EchoMessage.sequence(reply.span.bytes) == UInt16(sequence))
      #expect(Array(reply.dropFirst(8)) == Pattern.bytes(0..<count))
      let identifier = try a.localAddress(d).port
      #expect(reply.span.bytes.big16(at: 4) == identifier && identifier != 0)
    }
  }

  func aPingToOurselvesIsAnswered() throws {
    let d = try a.socket(.echo)
    let request = EchoMessage.request(sequence: 3, data: [1, 2, 3], to: addressOfA)
    try a.connect(d, to: SocketAddress(address: addressOfA, port: 0))
    try a.send(d, request.span.bytes, to: nil)
    try run { isReadable(a, d) }
    #expect(try take(a, d).bytes.suffix(3) == [1, 2, 3])
  }

  func twoEchoSocketsHearTheirOwnRepliesOnly() throws {
    let sockets = [try a.socket(.echo), try a.socket(.echo)]
    for (number, d) in sockets.enumerated() {
      let request = EchoMessage.request(sequence: UInt16(number), data: [UInt8(number)], to: addressOfB)
      try a.send(d, request.span.bytes, to: peer)
    }
    for (number, d) in sockets.enumerated() {
      try run { isReadable(a, d) }
      #expect(try take(a, d).bytes.last == UInt8(number))
      run(for: .milliseconds(2))
      #expect(End<Calls>.error { () throws(SocketError) in _ = try take(a, d) } == .wouldBlock)
    }
  }

  func whatIsNoEchoRequestIsRefused() throws {
    let d = try a.socket(.echo)
    let request = EchoMessage.request(sequence: 1, data: [], to: addressOfB)
    for wrong in [
      [], Array(request.prefix(7)), [0] + request.dropFirst(), [request[0], 1] + request.dropFirst(2),
    ] {
      let error = End<Calls>.error { () throws(SocketError) in try a.send(d, wrong.span.bytes, to: peer) }
      #expect(error == .invalidArgument, "\(wrong)")
    }
  }

  func theTimeToLiveIsWhatWasSet() throws {
    for kind in [SocketKind.datagram, .stream, .echo] {
      let d = try a.socket(kind)
      #expect(try a.timeToLive(d) == 64, "\(kind)")
      for hops in [1, 255, 7] {
        try a.setOption(d, .timeToLive(hops))
        #expect(try a.timeToLive(d) == hops)
      }
      for hops in [0, -2, 256] {
        #expect(
          End<Calls>.error { () throws(SocketError) in
            try a.setOption(d, .timeToLive(hops))
          } == .invalidArgument)
      }
    }
    let server = try b.socket(.datagram), client = try a.socket(.datagram)
    try b.bind(server, to: SocketAddress(address: addressOfB, port: 0))
    try a.setOption(client, .timeToLive(7))
    try a.send(client, [1].span.bytes, to: try b.localAddress(server))
    try run { isReadable(b, server) }
    #expect(try take(b, server).got.timeToLive == 7)
  }

  func aStreamWithFewHopsReachesItsNeighbour() throws {
    let (listener, address) = try listen()
    let client = try a.socket(.stream)
    try a.setOption(client, .timeToLive(1))
    _ = End<Calls>.error { () throws(SocketError) in try a.connect(client, to: address) }
    try run { a.readiness(client).contains(.writable) && isReadable(b, listener) }
    let server = try b.accept(listener).descriptor
    try b.setOption(server, .timeToLive(2))
    #expect(try a.timeToLive(client) == 1 && b.timeToLive(server) == 2)
  }

  func whatTheNetworkSaysIsKeptForEachDatagram() throws {
    let closed = try b.socket(.datagram)
    try b.bind(closed, to: SocketAddress(address: addressOfB, port: 0))
    let address = try b.localAddress(closed)
    b.close(closed)
    let d = try a.socket(.datagram)
    try a.setOption(d, .receiveErrors(true))
    #expect(a.takeNetworkError(d) == nil)
    for number in 1...3 as ClosedRange<UInt8> {
      // The socket throws what was said of the one before, once.
      while End<Calls>.error({ () throws(SocketError) in try a.send(d, [number, 9].span.bytes, to: address) })
        == .connectionRefused
      {}
      run(for: .milliseconds(5))
    }
    try run { a.readiness(d).contains(.failed) }
    for number in 1...3 as ClosedRange<UInt8> {
      let error = try #require(a.takeNetworkError(d))
      #expect(error.cause == .portUnreachable && error.reporter == addressOfB && error.destination == address)
      #expect(error.payload == [number, 9] && error.code == (addressOfB.isV4 ? 3 : 4))
    }
    #expect(a.takeNetworkError(d) == nil && a.takeError(d) == nil)
    #expect(!a.readiness(d).contains(.failed))
  }

  func withoutReceiveErrorsNothingIsKept() throws {
    let closed = try b.socket(.datagram)
    try b.bind(closed, to: SocketAddress(address: addressOfB, port: 0))
    let address = try b.localAddress(closed)
    b.close(closed)
    let d = try a.socket(.datagram)
    try a.send(d, [1].span.bytes, to: address)
    run(for: .milliseconds(10))
    #expect(a.takeNetworkError(d) == nil && a.takeError(d) == nil)
    let stream = try a.socket(.stream)
    #expect(
      End<Calls>.error { () throws(SocketError) in
        try a.setOption(stream, .receiveErrors(true))
      } == .notSupported)
  }

  func theErrorQueueHasABound() throws {
    let closed = try b.socket(.datagram)
    try b.bind(closed, to: SocketAddress(address: addressOfB, port: 0))
    let address = try b.localAddress(closed)
    b.close(closed)
    let d = try a.socket(.datagram)
    try a.setOption(d, .receiveErrors(true))
    for number in 0..<100 {
      while End<Calls>.error({ () throws(SocketError) in
        try a.send(d, [UInt8(number)].span.bytes, to: address)
      }) == .connectionRefused {}
      // Answered within what a host says in a second.
      run(for: .milliseconds(5))
    }
    var kept: [UInt8] = []
    while let error = a.takeNetworkError(d) { kept += error.payload }
    #expect(!kept.isEmpty && kept == Array(0..<UInt8(kept.count)), "the oldest are kept: \(kept.count)")
  }
}
