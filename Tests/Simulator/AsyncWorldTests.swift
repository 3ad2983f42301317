import Glibc
import StrataBase
import StrataLink
import StrataSimulator
import StrataSockets
import StrataStack
import StrataWire
import Synchronization
import Testing

/// Asynchronous code in a world runs in one order, on one thread, on the world's clock.
@Suite struct AsyncWorldTests {
  typealias Net = HostNetwork

  /// A list that tasks of one world write to.
  final class Diary: Sendable {
    private let lines = Mutex([String]())
    func write(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  static func serve(_ net: Net, connections: Int) async throws {
    let listener = try net.listen(SocketAddress("10.0.0.2:7")!, backlog: 64)
    for _ in 0..<connections {
      let socket = try await listener.accept()
      Task(executorPreference: net.queue) {
        while case let bytes = try await socket.read(atMost: 4_096), !bytes.isEmpty {
          try await socket.write(bytes)
        }
        socket.close()
      }
    }
    listener.close()
  }

  /// Ten clients on a bad cable; the order in which they end, and the run's hash.
  private func echoes(seed: UInt64) throws -> (order: [String], hash: UInt64) {
    let site = Site(seed: seed, CableSettings(delay: .milliseconds(4), loss: 0.1, reorder: 0.1))
    let diary = Diary()
    let server = site.world.spawn(on: site.server) { try await Self.serve($0, connections: 10) }
    let clients = (0..<10).map { number in
      site.world.spawn(on: site.client) { net in
        let socket = try await net.connect(to: SocketAddress("10.0.0.2:7")!)
        let sent = [UInt8](repeating: UInt8(number), count: 3_000)
        try await socket.write(sent)
        var back: [UInt8] = []
        while back.count < sent.count { back += try await socket.read(atMost: 4_096) }
        socket.close()
        diary.write("\(number) \(back == sent)")
      }
    }
    #expect(try site.world.runUntilQuiet())
    #expect(server.isFinished && server.failure == nil)
    #expect(clients.allSatisfy { $0.isFinished && $0.failure == nil })
    return (diary.all, site.world.eventHash)
  }

  @Test func theSameSeedGivesTheSameRun() throws {
    let a = try echoes(seed: 3), b = try echoes(seed: 3), c = try echoes(seed: 4)
    #expect(a == b)
    #expect(a.hash != c.hash)
    #expect(a.order.count == 10 && a.order.allSatisfy { $0.hasSuffix("true") })
    // Loss makes some of them late: the order is the network's, not that of their start.
    #expect(a.order != a.order.sorted())
  }

  @Test func aDeadlineIsOneOfTheWorldsClock() throws {
    let site = Site(seed: 1)
    site.world.withCable(site.cable) { $0.settings.loss = 1 }
    let call = site.world.spawn(on: site.client) { net in
      let until = net.calls.now + .seconds(2)
      await #expect(throws: SocketError.timedOut) {
        _ = try await net.connect(to: SocketAddress("10.0.0.2:7")!, until: until)
      }
      #expect(net.calls.now == until)
    }
    try site.world.run(for: .seconds(10))
    #expect(call.isFinished && call.failure == nil)
  }

  @Test func aJobFromAnotherThreadIsAFailureThatNamesItsHost() throws {
    let site = Site(seed: 1)
    let continuation = Mutex(UnsafeContinuation<Void, Never>?.none)
    let spawned = site.world.spawn(on: site.client) { _ in
      await withUnsafeContinuation { mine in continuation.withLock { $0 = mine } }
    }
    try site.world.run(for: .seconds(1))
    onAnotherThread { continuation.withLock { $0?.resume() } }
    let failure = #expect(throws: CheckFailure.self) { try site.world.run(for: .seconds(1)) }
    #expect(spawned.isFinished)
    #expect(failure?.description.hasPrefix("client: 1 jobs came from outside of the world") == true)
  }

  @Test func anActionOfTheWorldMayResumeATask() throws {
    let site = Site(seed: 1)
    let continuation = Mutex(UnsafeContinuation<Void, Never>?.none)
    let spawned = site.world.spawn(on: site.client) { _ in
      await withUnsafeContinuation { mine in continuation.withLock { $0 = mine } }
    }
    site.world.at(.start + .seconds(1)) { _ in continuation.withLock { $0?.resume() } }
    try site.world.run(for: .seconds(2))
    #expect(spawned.isFinished)
  }

  @Test func aTaskCanBeCancelled() throws {
    let site = Site(seed: 1)
    let spawned = site.world.spawn(on: site.client) { net in
      let listener = try net.listen(SocketAddress("10.0.0.1:7")!, backlog: 1)
      defer { listener.close() }
      _ = try await listener.accept()
    }
    try site.world.run(for: .seconds(1))
    spawned.cancel()
    #expect(try site.world.runUntilQuiet())
    #expect(spawned.failure as? SocketError == .cancelled)
  }

  @Test func tasksEndWithTheirWorld() throws {
    let diary = Diary()
    do {
      let site = Site(seed: 1)
      _ = site.world.spawn(on: site.client) { net in
        defer { diary.write("ended") }
        let listener = try net.listen(SocketAddress("10.0.0.1:7")!, backlog: 1)
        _ = try await listener.accept()
      }
      try site.world.run(for: .seconds(1))
      #expect(diary.all.isEmpty)
    }
    #expect(diary.all == ["ended"])
  }

  /// Runs `body` on a thread of its own and waits for its end.
  private func onAnotherThread(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    #expect(code == 0)
    pthread_join(thread, nil)
  }

  private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
