import StrataBase
import StrataSockets
import StrataWire

/// A program that opens or takes connections and talks over them in a way that follows from its plan:
/// how much it writes and in what pieces, how lazily it reads, and how it ends.
struct Talker: Program {
  struct Plan {
    /// Where it listens, or nil for a client.
    var port: UInt16?
    /// Whom a client calls, and how often.
    var peer = SocketAddress(address: Address(v4: 0x0a00_0002), port: 7)
    var calls = 1
    /// Bytes that it writes on each connection, at most so many a turn.
    var count = 10_000
    var piece = 1_000
    var readPiece = 4_096
    /// Between turns. Nil: it reads and writes until it would block, and waits for events alone.
    var pause: Interval?
    var noDelay = false
    var asksSilentPeers = false
    /// One in so many connections ends before its time; 0: none.
    var abortsOnceIn = 0
  }

  /// One connection as it goes.
  struct Talk {
    var written = 0
    var read = 0
    var isFinished = false
    /// It read the end of the peer's stream.
    var isAtEnd = false
    var error: SocketError?
    /// It goes without a word when it has read this much.
    var abortsAt: Int?
    var isOpen = true
  }

  let plan: Plan
  private var random: Random
  private(set) var talks: [Talk] = []
  /// Which talk a descriptor belongs to.
  private var byDescriptor: [Int] = []
  private var listener: Descriptor?
  private var pause = Interval.microseconds(1)
  private(set) var mishap: String?
  private(set) var nextDeadline = Instant.never

  init(_ plan: Plan, random: Random) {
    self.plan = plan
    self.random = random
  }

  var openCount: Int { talks.count { $0.isOpen } }

  mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) {
      if let port = plan.port {
        let d = try sockets.socket(.stream)
        try sockets.bind(d, to: SocketAddress(address: .anyV4, port: port))
        try sockets.listen(d, backlog: 16)
        listener = d
      } else {
        for _ in 0..<plan.calls { try call(sockets) }
      }
    } catch {
      mishap = "it could not start: \(error)"
    }
  }

  private mutating func call(_ sockets: some SocketCalls) throws(SocketError) {
    let d = try sockets.socket(.stream)
    try add(d, sockets)
    do throws(SocketError) { try sockets.connect(d, to: plan.peer) } catch .inProgress { return }
  }

  private mutating func add(_ d: Descriptor, _ sockets: some SocketCalls) throws(SocketError) {
    var talk = Talk()
    if plan.abortsOnceIn > 0, random.once(in: plan.abortsOnceIn) { talk.abortsAt = random.size(20_000) }
    let index = Int(d.rawValue)
    while byDescriptor.count <= index { byDescriptor.append(-1) }
    byDescriptor[index] = talks.count
    talks.append(talk)
    if let pause = plan.pause { nextDeadline = min(nextDeadline, sockets.now + pause) }
    if plan.noDelay { try sockets.setOption(d, .noDelay(true)) }
    if plan.asksSilentPeers {
      try sockets.setOption(d, .keepAlive(idle: .seconds(10), interval: .seconds(3), count: 9))
    }
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    if event.descriptor == listener { return acceptAll(sockets) }
    if plan.pause == nil { turn(event.descriptor, sockets) }
  }

  private mutating func acceptAll(_ sockets: some SocketCalls) {
    guard let listener else { return }
    while true {
      do throws(SocketError) {
        let (d, _) = try sockets.accept(listener)
        try add(d, sockets)
      } catch {
        if error != .wouldBlock { mishap = "accept: \(error)" }
        return
      }
    }
  }

  mutating func expire(_ sockets: some SocketCalls) {
    guard let least = plan.pause else { return }
    let before = progress
    for index in byDescriptor.indices where byDescriptor[index] >= 0 {
      turn(Descriptor(rawValue: Int32(index)), sockets)
    }
    // Who meets nothing new looks less and less often, up to once a second.
    pause = progress == before ? min(pause + pause, .seconds(1)) : max(least, .microseconds(1))
    nextDeadline = openCount == 0 ? .never : sockets.now + pause
  }

  private var progress: Int { talks.reduce(talks.count) { $0 + $1.read + $1.written + ($1.isOpen ? 0 : 1) } }

  /// The world is to end: no more connections.
  mutating func stop(_ sockets: some SocketCalls) {
    nextDeadline = .never
    if let listener { sockets.close(listener) }
    for index in byDescriptor.indices where byDescriptor[index] >= 0 {
      end(Descriptor(rawValue: Int32(index)), sockets, isAbort: false)
    }
  }

  // MARK: one connection

  private func talk(_ d: Descriptor) -> Int? {
    guard Int(d.rawValue) < byDescriptor.count, byDescriptor[Int(d.rawValue)] >= 0 else { return nil }
    return byDescriptor[Int(d.rawValue)]
  }

  private mutating func end(_ d: Descriptor, _ sockets: some SocketCalls, isAbort: Bool) {
    guard let index = talk(d) else { return }
    talks[index].isOpen = false
    byDescriptor[Int(d.rawValue)] = -1
    if isAbort { sockets.abort(d) } else { sockets.close(d) }
  }

  private mutating func turn(_ d: Descriptor, _ sockets: some SocketCalls) {
    guard let index = talk(d) else { return }
    do throws(SocketError) {
      try read(d, index, sockets)
      if let limit = talks[index].abortsAt, talks[index].read >= limit {
        return end(d, sockets, isAbort: true)
      }
      try write(d, index, sockets)
      if talks[index].isAtEnd, talks[index].isFinished { end(d, sockets, isAbort: false) }
    } catch {
      if error == .wouldBlock || error == .inProgress || error == .notConnected { return }
      talks[index].error = error
      end(d, sockets, isAbort: false)
    }
  }

  private mutating func read(_ d: Descriptor, _ index: Int, _ sockets: some SocketCalls) throws(SocketError) {
    if talks[index].isAtEnd { return }
    var room = [UInt8](
      repeating: 0, count: plan.pause == nil ? plan.readPiece : random.size(plan.readPiece) + 1)
    while true {
      var span = room.mutableSpan
      var target = span.mutableBytes
      do throws(SocketError) {
        let count = try sockets.read(d, into: &target)
        if count == 0 { return talks[index].isAtEnd = true }
        talks[index].read += count
        if plan.pause != nil || talks[index].abortsAt.map({ talks[index].read >= $0 }) ?? false { return }
      } catch {
        if error == .wouldBlock { return }
        throw error
      }
    }
  }

  private mutating func write(_ d: Descriptor, _ index: Int, _ sockets: some SocketCalls) throws(SocketError)
  {
    while talks[index].written < plan.count {
      let count = min(plan.count - talks[index].written, 1 + random.size(plan.piece))
      let from = talks[index].written
      let bytes = (0..<count).map { TCPOracle.byte(from + $0) }
      talks[index].written += try sockets.write(d, bytes.span.bytes)
      if plan.pause != nil { break }
    }
    if talks[index].written == plan.count, !talks[index].isFinished {
      try sockets.shutdown(d, .write)
      talks[index].isFinished = true
    }
  }
}
