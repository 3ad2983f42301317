import Glibc
import StrataBase
import StrataKernel
import StrataLoop
import StrataWire
import Testing

@testable import StrataSockets

/// What only the kernel ground has. What all grounds have is tested in Grounds.
@Suite struct KernelSocketsTests {
  private func pair(_ sockets: KernelSockets, _ address: SocketAddress) throws -> (Descriptor, Descriptor) {
    let listener = try sockets.socket(.stream)
    // The system's own buffers do not grow then.
    try sockets.setOption(listener, .receiveBuffer(65_536))
    try sockets.bind(listener, to: address)
    try sockets.listen(listener, backlog: 4)
    let client = try sockets.socket(.stream)
    try sockets.setOption(client, .sendBuffer(65_536))
    #expect(throws: SocketError.inProgress) {
      try sockets.connect(client, to: try sockets.localAddress(listener))
    }
    try turn(sockets) { sockets.readiness(listener).contains(.readable) }
    let server = try sockets.accept(listener).descriptor
    sockets.close(listener)
    try turn(sockets) { sockets.readiness(client).contains(.writable) }
    return (client, server)
  }

  private func turn(_ sockets: KernelSockets, until condition: () throws -> Bool) throws {
    let limit = sockets.now + .seconds(20)
    while try !condition() {
      try #require(sockets.now < limit)
      sockets.loop.turn(until: sockets.now + .milliseconds(2))
    }
  }

  /// Fills until the system takes nothing any more and the socket itself is full; gives the bytes.
  private func fillUp(_ sockets: KernelSockets, _ d: Descriptor) -> Int {
    var sent = 0
    var quiet = 0
    while true {
      if let n = try? sockets.fill(d, { $0.byteCount }) {
        sent += n
        quiet = 0
        continue
      }
      quiet += 1
      if quiet == 4 { break }
      sockets.loop.turn(until: sockets.now + .milliseconds(20))
    }
    return sent
  }

  @Test func anIPv6AddressWorksToo() throws {
    let sockets = KernelSockets(on: try Loop())
    let listener = try sockets.socket(.stream)
    do throws(SocketError) {
      try sockets.bind(listener, to: SocketAddress("[::1]:0")!)
    } catch {
      // A host without IPv6 says so.
      #expect(error == .addressNotAvailable || error == .notSupported)
      return
    }
    let (client, server) = try pair(sockets, SocketAddress("[::1]:0")!)
    #expect(try sockets.peerAddress(server).description.hasPrefix("[::1]:"))
    #expect(try sockets.localAddress(client) == (try sockets.peerAddress(server)))
  }

  @Test func optionsOutliveTheChangeOfFamily() throws {
    let sockets = KernelSockets(on: try Loop())
    let d = try sockets.socket(.stream)
    try sockets.setOption(d, .noDelay(false))
    try sockets.setOption(d, .noDelay(true))
    try sockets.setOption(d, .reuseAddress(true))
    guard (try? sockets.bind(d, to: SocketAddress("[::1]:0")!)) != nil else { return }
    var value: Int32 = 0
    var count = socklen_t(4)
    getsockopt(d.rawValue, Int32(IPPROTO_TCP), TCP_NODELAY, &value, &count)
    #expect(value != 0)
  }

  @Test func descriptorsAreNotInheritedAndNeverBlock() throws {
    let sockets = KernelSockets(on: try Loop())
    let (client, server) = try pair(sockets, SocketAddress("127.0.0.1:0")!)
    for d in [client, server, try sockets.socket(.datagram)] {
      #expect(fcntl(d.rawValue, F_GETFD) & FD_CLOEXEC != 0)
      #expect(fcntl(d.rawValue, F_GETFL) & O_NONBLOCK != 0)
    }
  }

  @Test func itsCapacityIsABoundAndListenersGoOnWhenThereIsRoom() throws {
    let loop = try Loop()
    let sockets = KernelSockets(on: loop, capacity: 2)
    let other = KernelSockets(on: loop)
    let listener = try sockets.socket(.stream)
    let spare = try sockets.socket(.stream)
    #expect(throws: SocketError.tooManyDescriptors) { try sockets.socket(.stream) }
    try sockets.bind(listener, to: SocketAddress("127.0.0.1:0")!)
    try sockets.listen(listener, backlog: 4)
    let client = try other.socket(.stream)
    try? other.connect(client, to: try sockets.localAddress(listener))
    try turn(sockets) { sockets.nextEvent()?.descriptor == listener }
    #expect(throws: SocketError.tooManyDescriptors) { try sockets.accept(listener) }
    #expect(sockets.nextEvent() == nil)
    sockets.close(spare)
    #expect(sockets.nextEvent() == SocketEvent(descriptor: listener, readiness: .readable))
    let server = try sockets.accept(listener).descriptor
    #expect(sockets.count == 2)
    sockets.close(server)
    sockets.close(listener)
    #expect(sockets.count == 0)
  }

  @Test func aClosedSocketSendsWhatItKeptAndThenGoes() throws {
    let sockets = KernelSockets(on: try Loop())
    let (client, server) = try pair(sockets, SocketAddress("127.0.0.1:0")!)
    let sent = fillUp(sockets, client)
    // The system took less than was accepted, so the socket stays after its close.
    sockets.close(client)
    #expect(sockets.count == 2)
    #expect(sockets.readiness(client) == [])
    var received = 0
    try turn(sockets) {
      while let n = try? sockets.drain(server, { $0.byteCount }), n > 0 { received += n }
      return sockets.count == 1 && received >= sent
    }
    #expect(received == sent)
    // The end is an event of its own.
    try turn(sockets) { (try? sockets.drain(server) { _ in 1 }) == 0 }
  }

  @Test func aClosedSocketGoesWhenItsPeerIsGone() throws {
    let sockets = KernelSockets(on: try Loop())
    let (client, server) = try pair(sockets, SocketAddress("127.0.0.1:0")!)
    _ = fillUp(sockets, client)
    sockets.close(client)
    #expect(sockets.count == 2)
    sockets.abort(server)
    try turn(sockets) { sockets.count == 0 }
  }

  @Test func whatDrainLeftIsShownBeforeTheReset() throws {
    let sockets = KernelSockets(on: try Loop())
    let (client, server) = try pair(sockets, SocketAddress("127.0.0.1:0")!)
    let sent = try sockets.fill(client) { _ in 100 }
    #expect(sent == 100)
    try turn(sockets) { sockets.readiness(server).contains(.readable) }
    _ = try sockets.drain(server) { _ in 40 }
    sockets.abort(client)
    try turn(sockets) { sockets.readiness(server).contains(.failed) }
    let used = try sockets.drain(server) { $0.byteCount }
    #expect(used == 60)
    #expect(throws: SocketError.connectionReset) { try sockets.drain(server) { $0.byteCount } }
  }

  @Test func whatDrainLeavesIsBounded() throws {
    let sockets = KernelSockets(on: try Loop())
    let (client, server) = try pair(sockets, SocketAddress("127.0.0.1:0")!)
    while (try? sockets.fill(client) { $0.byteCount }) != nil {}
    try turn(sockets) { sockets.readiness(server).contains(.readable) }
    var most = 0
    for _ in 0..<50 {
      _ = try sockets.drain(server) { span in
        most = max(most, span.byteCount)
        return 0
      }
    }
    #expect(most == KernelSockets.pieceSize)
  }

  @Test func aTaskResumedByAnotherThreadWakesTheLoop() throws {
    let loop = try Loop()
    let queue = RunQueue(whenForeign: { [waker = loop.waker] in waker.wake() })
    let net = AsyncSockets(KernelSockets(on: loop), on: queue)
    let ended = Ended()
    Task(executorPreference: queue) {
      await withUnsafeContinuation { continuation in
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Resume(continuation)).toOpaque()
        pthread_create(
          &thread, nil,
          { argument in
            usleep(2_000)
            Unmanaged<Resume>.fromOpaque(argument!).takeRetainedValue().continuation.resume()
            return nil
          }, argument)
        pthread_detach(thread)
      }
      ended.value = true
    }
    while !ended.value {
      net.turn()
      // Without a wake this never ends.
      if !ended.value, queue.isEmpty { loop.turn(until: .never) }
    }
  }

  @Test func aCancellationFromAnotherThreadMayMeetTheEvent() throws {
    let loop = try Loop()
    let queue = RunQueue(whenForeign: { [waker = loop.waker] in waker.wake() })
    let net = AsyncSockets(KernelSockets(on: loop), on: queue)
    let (client, server) = try pair(net.calls, SocketAddress("127.0.0.1:0")!)
    net.turn()
    let ended = Ended()
    for round in 0..<200 {
      ended.value = false
      let task = Task(executorPreference: queue) {
        do throws(SocketError) {
          try await net.wait(server, .reading, until: net.calls.now + .seconds(60))
        } catch {
          #expect(error == .cancelled)
        }
        ended.value = true
      }
      queue.run()
      #expect(net.waitingCount == 1)
      var thread = pthread_t()
      pthread_create(
        &thread, nil,
        { argument in
          Unmanaged<Cancel>.fromOpaque(argument!).takeRetainedValue().task.cancel()
          return nil
        }, Unmanaged.passRetained(Cancel(task)).toOpaque())
      // In every second round the event comes at the same time.
      if round % 2 == 0 { _ = try net.calls.fill(client) { _ in 1 } }
      while !ended.value {
        net.turn()
        if !ended.value { loop.turn(until: net.calls.now + .milliseconds(1)) }
      }
      pthread_join(thread, nil)
      #expect(net.waitingCount == 0 && net.nextDeadline == .never)
    }
  }

  private final class Cancel {
    let task: Task<Void, Never>
    init(_ task: Task<Void, Never>) { self.task = task }
  }

  private final class Ended: @unchecked Sendable { var value = false }
  private final class Resume {
    let continuation: UnsafeContinuation<Void, Never>
    init(_ continuation: UnsafeContinuation<Void, Never>) { self.continuation = continuation }
  }

  @Test func nothingIsLeftOpen() throws {
    func openCount() -> Int {
      (0..<1_024).count { fcntl(Int32($0), F_GETFD) >= 0 }
    }
    // Other tests open and close meanwhile, so only a leak of many shows.
    let before = openCount()
    for _ in 0..<20 {
      let sockets = KernelSockets(on: try Loop())
      for _ in 0..<20 { _ = try sockets.socket(.stream) }
      _ = try pair(sockets, SocketAddress("127.0.0.1:0")!)
    }
    #expect(openCount() < before + 200)
  }

  @Test func aFileIsSentWithoutBeingRead() throws {
    let sockets = KernelSockets(on: try Loop())
    let (client, server) = try pair(sockets, SocketAddress("127.0.0.1:0")!)
    var template = Array("/tmp/strata-sendfile-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    defer { close(file) }
    unlink(template)
    let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    #expect(write(file, content, content.count) == content.count)
    var sent = 0
    var got: [UInt8] = []
    var wasBlocked = false
    try turn(sockets) {
      do throws(SocketError) {
        while sent < content.count {
          sent += try sockets.sendFile(client, from: file, at: UInt64(sent), count: 1 << 20)
        }
      } catch {
        #expect(error == .wouldBlock)
        wasBlocked = true
        sockets.loop.turn(until: sockets.now)
      }
      _ = try? sockets.drain(server) { bytes in
        bytes.withUnsafeBytes { got.append(contentsOf: $0) }
        return bytes.byteCount
      }
      return got.count >= content.count
    }
    #expect(got == content && wasBlocked)
    #expect(try sockets.sendFile(client, from: file, at: 300_000, count: 1) == 0)
  }

  @Test func anEndRightBehindTheLastBytesIsSeen() throws {
    let sockets = KernelSockets(on: try Loop(), readsByEvents: true)
    for _ in 0..<20 {
      let (client, server) = try pair(sockets, SocketAddress("127.0.0.1:0")!)
      _ = try sockets.write(client, Array("bye".utf8).span.bytes)
      sockets.close(client)
      var got = 0
      var ended = false
      try turn(sockets) {
        while let n = try? sockets.drain(server, { $0.byteCount }) {
          got += n
          if n == 0 { ended = true; break }
        }
        return ended
      }
      #expect(got == 3)
      sockets.close(server)
    }
  }

  @Test func whatIsUnsentIsBoundedAndPortsAreShared() throws {
    let sockets = KernelSockets(on: try Loop(), unsentLimit: 8_192, sharesPorts: true)
    let listener = try sockets.socket(.stream)
    try sockets.bind(listener, to: SocketAddress("127.0.0.1:0")!)
    let second = try sockets.socket(.stream)
    try sockets.bind(second, to: try sockets.localAddress(listener))
    var value: Int32 = 0
    var count = socklen_t(4)
    getsockopt(listener.rawValue, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &value, &count)
    #expect(value == 8_192)
  }

  @Test func aFileForAPeerThatIsGoneIsAnErrorAndNoSignal() throws {
    let sockets = KernelSockets(on: try Loop())
    let (client, server) = try pair(sockets, SocketAddress("127.0.0.1:0")!)
    let file = open("/dev/zero", O_RDONLY)
    defer { close(file) }
    sockets.abort(server)
    #expect(throws: SocketError.self) {
      while true {
        do throws(SocketError) {
          _ = try sockets.sendFile(client, from: file, at: 0, count: 4_096)
        } catch .wouldBlock {
          sockets.loop.turn(until: sockets.now + .milliseconds(2))
        }
      }
    }
    #expect(throws: SocketError.brokenPipe) { try sockets.sendFile(client, from: file, at: 0, count: 4_096) }
  }

  /// Lines of /proc/net/igmp6: number and name of an interface, and a group that it is in.
  private func isMember(_ group: String) throws -> Bool {
    let file = try #require(fopen("/proc/net/igmp6", "r"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, 512, file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let words = text.split(separator: " ")
      if words.count > 2, words[1] == "lo", words[2] == group { return true }
    }
    return false
  }

  @Test func aGroupOfIPv6IsJoinedOnTheInterfaceThatHasAnAddress() throws {
    let sockets = KernelSockets(on: try Loop())
    let d = try sockets.socket(.datagram)
    let group = Address("ff15::77:8")!, other = Address("fd99::1")!
    #expect(throws: SocketError.addressNotAvailable) {
      try sockets.setOption(d, .joinGroup(group, interface: other))
    }
    try sockets.setOption(d, .joinGroup(group, interface: .loopback))
    try sockets.setOption(d, .groupInterface(.loopback))
    #expect(try isMember("ff150000000000000000000000770008"))
    try sockets.setOption(d, .leaveGroup(group, interface: .loopback))
    #expect(try !isMember("ff150000000000000000000000770008"))
  }
}
