import StrataBase
import StrataInternet
import StrataTransport
import StrataWire

/// Honest, strange and mutated segments for one connection in every state, while its user writes, reads
/// and goes as he likes. An oracle knows what may come of it.
struct TCPTarget: FuzzTarget {
  static let name = "tcp"
  static let summary = "honest, strange and mutated segments for connections in every state"

  private let pool = FramePool(standard: 16_384, large: 64)
  /// Segments that arrived in each state, by its raw value.
  private var arrivals = [Int](repeating: 0, count: TCPState.allCases.count)

  init() {}

  mutating func attempt(_ random: inout Random) throws {
    try play(&random)
    try check(pool.outstanding == 0, "\(pool.outstanding) frames are left behind")
  }

  private mutating func play(_ random: inout Random) throws {
    let subject = TCPSubject(pool, &random)
    var peer = TCPPeer(subject.name)
    // Some peers are honest most of the time, so that connections get far; others hardly are.
    let honesty = random.one(of: [3, 6, 9])
    for _ in 0..<(5 + random.number(60)) {
      switch random.number(10) {
      case 0..<5:
        let bytes =
          random.number(10) < honesty ? peer.honest(subject, &random) : peer.strange(subject, &random)
        arrivals[Int(subject.state.rawValue)] += 1
        try subject.receive(bytes)
      case 5, 6, 7: try user(subject, &random)
      default: try time(subject, &random)
      }
      // Sometimes the device takes nothing for a while, or one segment alone.
      switch random.number(6) {
      case 0: break
      case 1: _ = try subject.emitOne()
      default: try subject.pump()
      }
    }
    try end(subject, &random)
  }

  private func user(_ subject: TCPSubject, _ random: inout Random) throws {
    if subject.isGone { return }
    switch random.number(40) {
    case 0: try subject.close()
    case 1: try subject.abort()
    case 2, 3, 4: try subject.finish()
    case 5: subject.connection.pointee.noDelay = random.coin()
    case 6:
      let keepAlive = KeepAlive(idle: .seconds(2), interval: .seconds(1), count: 2)
      subject.connection.pointee.setKeepAlive(random.coin() ? keepAlive : nil, at: subject.now)
    case 7..<22: subject.write(random.size(20_000))
    default: try subject.read(random.size(20_000))
    }
  }

  private func time(_ subject: TCPSubject, _ random: inout Random) throws {
    switch random.number(8) {
    case 0: try subject.unreachable(TCPPeer.unreachable(subject, &random))
    case 1: try subject.wait(until: max(subject.connection.pointee.nextDeadline, subject.now, but: .never))
    case 2: try subject.wait(until: subject.now + .seconds(Int64(random.number(200))))
    case 3: break
    default: try subject.wait(until: subject.now + .microseconds(Int64(random.number(100_000))))
    }
  }

  /// The user reads the rest and goes; the peer is never heard of again. All of it must end by itself.
  private func end(_ subject: TCPSubject, _ random: inout Random) throws {
    try subject.pump()
    if random.coin() { try subject.read(.max) }
    if random.once(in: 4) { try subject.abort() } else { try subject.close() }
    try subject.pump()
    try subject.wait(until: .never)
    try check(subject.state == .closed, "it never closed: \(subject.describe)")
    try check(subject.connection.pointee.readableCount == 0, "bytes are kept for a user who went")
  }

  var report: String {
    let states = TCPState.allCases.map { "\($0) \(arrivals[Int($0.rawValue)])" }
    return "segments by state: " + states.joined(separator: ", ")
  }
}

/// The later of two instants, or the second where the first is not set.
private func max(_ a: Instant, _ b: Instant, but never: Instant) -> Instant { a == never ? b : max(a, b) }
