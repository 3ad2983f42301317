import StrataBase
import StrataSockets
import Testing

/// The async face of both hosts of a ground, with one queue for the tasks of both.
final class Tasks<G: Ground>: @unchecked Sendable {
  let ground: G
  let queue = RunQueue()
  let a: AsyncSockets<G.Calls>
  let b: AsyncSockets<G.Calls>
  /// Tasks that were started and have not ended.
  private(set) var running = 0

  init(on ground: G) {
    self.ground = ground
    a = AsyncSockets(ground.a, on: queue)
    b = AsyncSockets(ground.b, on: queue)
  }

  /// Starts a task; what it throws fails the test.
  @discardableResult
  func start(_ body: @escaping @Sendable () async throws -> Void) -> Task<Void, Never> {
    running += 1
    return Task(executorPreference: queue) { [self] in
      do { try await body() } catch { Issue.record(error) }
      running -= 1
    }
  }

  /// Lets tasks and ground work until the condition holds.
  func run(until condition: () -> Bool) throws {
    let held = ground.run(
      waking: { min(a.nextDeadline, b.nextDeadline) },
      until: {
        turn(); return condition()
      })
    try #require(held, "the ground's limit passed; \(running) tasks run")
  }

  /// Lets them work for so long, whatever happens.
  func run(for interval: Interval) {
    let end = a.calls.now + interval
    _ = ground.run(
      waking: { min(end, a.nextDeadline, b.nextDeadline) },
      until: {
        turn(); return a.calls.now >= end
      })
  }

  private func turn() {
    repeat {
      a.turn()
      b.turn()
    } while !queue.isEmpty
  }

  /// Lets them work until every task has ended. Nothing may be left of them then.
  func finish() throws {
    try run { running == 0 }
    #expect(a.waitingCount == 0 && b.waitingCount == 0)
    #expect(a.nextDeadline == .never && b.nextDeadline == .never)
    #expect(queue.foreignCount == 0)
  }

  func listen(backlog: Int = 64) throws -> AsyncListener<G.Calls> {
    try b.listen(SocketAddress(address: ground.addressOfB, port: 0), backlog: backlog)
  }

  /// A connection from `a` to `b`.
  func connect() throws -> (client: AsyncStreamSocket<G.Calls>, server: AsyncStreamSocket<G.Calls>) {
    let listener = try listen()
    let address = try listener.localAddress
    let client = Kept<AsyncStreamSocket<G.Calls>>()
    let server = Kept<AsyncStreamSocket<G.Calls>>()
    start { client.value = try await self.a.connect(to: address) }
    start { server.value = try await listener.accept() }
    try finish()
    listener.close()
    return (try #require(client.value), try #require(server.value))
  }
}

/// What a task leaves for the test. Both run on one thread.
final class Kept<Value>: @unchecked Sendable {
  var value: Value?
}

/// The error that a call throws; nil when it throws none.
nonisolated(nonsending) func error(
  of call: nonisolated(nonsending) () async throws(SocketError) -> Void
) async -> SocketError? {
  do throws(SocketError) {
    try await call()
    return nil
  } catch { return error }
}
