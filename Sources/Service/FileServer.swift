import StrataBase
import StrataFiles
import StrataHTTP
import StrataSockets

/// Serves the files of a store over HTTP/1.1: GET, HEAD and OPTIONS, ranges, conditions, content codings,
/// listings of folders.
///
/// It is a `Program`: the same server runs in a simulated world and on the operating system's sockets.
/// Its memory does not depend on the size of files or the speed of clients.
///
/// ```swift
/// var server = FileServer(
///   store: try FolderStore(path: "public"), address: SocketAddress("0.0.0.0:8080")!,
///   clock: WallClock(secondsAtStart: loop.wallTime))
/// try server.listen(sockets)
/// while let event = sockets.nextEvent() { server.handle(event, sockets) }
/// while let record = server.nextRecord() { print(record) }
/// ```
public struct FileServer<S: Store>: Program {
  /// Where it listens. Port 0 takes a free one, which `localAddress` tells.
  public let address: SocketAddress
  public let backlog: Int
  public private(set) var localAddress: SocketAddress?
  /// Why `start` could not listen.
  public private(set) var failure: SocketError?
  /// Connections that are open now.
  public private(set) var connectionCount = 0
  /// Connections that were turned away because there were too many.
  public private(set) var refusals = 0

  private var site: FileSite<S>
  private var listener: Descriptor?
  /// By descriptor.
  private var connections: [FileConnection?] = []
  private var accepted: UInt64 = 0
  /// Connections that can go on, each once, in turn.
  private var queue: [Descriptor] = []
  private var queuedSince = Instant.never
  /// No connection's deadline is earlier. It may be that none is as early, as deadlines move on.
  private var nextSweep = Instant.never

  /// - Parameters:
  ///   - codings: what content may be packed by; a world that is to be the same everywhere has none.
  ///   - names: authorities, as `www.example.org` or `example.org:8080`, that absolute targets may have.
  public init(
    store: S, address: SocketAddress, backlog: Int = 512, clock: WallClock, limits: ServerLimits = .init(),
    codings: Codings = .none, names: [String] = []
  ) {
    self.address = address
    self.backlog = backlog
    site = FileSite(
      store: store, clock: clock, limits: limits, codings: codings, names: names.map { $0.lowercased() })
  }

  /// Whether records tell what clients call themselves and where they come from: for access logs.
  public var recordsClients: Bool {
    get { site.recordsClients }
    set { site.recordsClients = newValue }
  }

  /// The store that answers.
  public var store: S { site.store }

  /// The next request that is over, in the order in which they ended.
  public mutating func nextRecord() -> RequestRecord? { site.records.take() }
  /// Records that nobody took in time.
  public var lostRecords: Int { site.records.lost }

  // MARK: listening

  /// Begins to listen, and throws where that fails: the address is in use, or not ours.
  public mutating func listen(_ sockets: some SocketCalls) throws(SocketError) {
    let descriptor = try sockets.socket(.stream)
    do throws(SocketError) {
      // Not every ground has the option, and none needs it at first.
      try? sockets.setOption(descriptor, .reuseAddress(true))
      try sockets.bind(descriptor, to: address)
      try sockets.listen(descriptor, backlog: backlog)
      localAddress = try sockets.localAddress(descriptor)
    } catch {
      sockets.close(descriptor)
      throw error
    }
    listener = descriptor
  }

  public mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) { try listen(sockets) } catch { failure = error }
  }

  /// Accepts no more, closes what is idle, and lets requests underway finish. It has stopped when
  /// `connectionCount` is 0.
  public mutating func stop(_ sockets: some SocketCalls) {
    if let listener { sockets.close(listener) }
    listener = nil
    site.isStopping = true
    for index in connections.indices where connections[index]?.isIdle == true {
      connections[index]!.end(&site, sockets, aborts: false)
      remove(index)
    }
  }

  // MARK: events

  public mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    if event.descriptor == listener { return accept(sockets) }
    let index = Int(event.descriptor.rawValue)
    guard index >= 0, index < connections.count, connections[index] != nil else { return }
    if event.readiness.contains(.failed), sockets.takeError(event.descriptor) != nil {
      connections[index]!.end(&site, sockets, aborts: true)
      remove(index)
      return
    }
    // One that waits for its turn has it soon enough.
    if !connections[index]!.isQueued { turn(index, sockets, answers: false) }
  }

  public mutating func expire(_ sockets: some SocketCalls) {
    if !queue.isEmpty {
      let round = queue
      queue.removeAll(keepingCapacity: true)
      queuedSince = .never
      for descriptor in round {
        let index = Int(descriptor.rawValue)
        // It may have ended meanwhile, and another taken its descriptor.
        guard connections[index]?.isQueued == true else { continue }
        connections[index]!.isQueued = false
        turn(index, sockets)
      }
    }
    if nextSweep <= sockets.now { sweep(sockets) }
  }

  public var nextDeadline: Instant { min(queuedSince, nextSweep) }

  /// `answers: false`: only hears what is asked, and queues what is to be answered.
  private mutating func turn(_ index: Int, _ sockets: some SocketCalls, answers: Bool = true) {
    switch connections[index]!.turn(&site, sockets, answers: answers) {
    case .waiting: nextSweep = min(nextSweep, connections[index]!.deadline)
    case .closed: remove(index)
    case .more:
      nextSweep = min(nextSweep, connections[index]!.deadline)
      connections[index]!.isQueued = true
      if queue.isEmpty { queuedSince = sockets.now }
      queue.append(connections[index]!.descriptor)
    }
  }

  private mutating func remove(_ index: Int) {
    connections[index] = nil
    connectionCount -= 1
  }

  /// Closes what is overdue, and finds the next deadline.
  private mutating func sweep(_ sockets: some SocketCalls) {
    let now = sockets.now
    nextSweep = .never
    for index in connections.indices {
      guard let deadline = connections[index]?.deadline else { continue }
      if deadline <= now, connections[index]!.expire(&site, sockets) {
        remove(index)
      } else {
        nextSweep = min(nextSweep, connections[index]!.deadline)
      }
    }
  }

  private mutating func accept(_ sockets: some SocketCalls) {
    guard let listener else { return }
    while true {
      do throws(SocketError) {
        let (descriptor, peer) = try sockets.accept(listener)
        accepted += 1
        if connectionCount >= site.limits.connections {
          turnAway(descriptor, sockets)
          continue
        }
        // What we write is as large as it gets: Nagle's algorithm could only hold back a tail.
        try? sockets.setOption(descriptor, .noDelay(true))
        let index = Int(descriptor.rawValue)
        while connections.count <= index { connections.append(nil) }
        connections[index] = FileConnection(
          descriptor, peer: peer, ordinal: accepted, limits: site.limits, now: sockets.now)
        connectionCount += 1
        turn(index, sockets, answers: false)
      } catch .connectionAborted {
        continue
      } catch {
        return
      }
    }
  }

  private mutating func turnAway(_ descriptor: Descriptor, _ sockets: some SocketCalls) {
    refusals += 1
    let answer: StaticString = """
      HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n
      """
    answer.withUTF8Buffer { _ = try? sockets.write(descriptor, RawSpan(_unsafeBytes: .init($0))) }
    sockets.close(descriptor)
  }
}
