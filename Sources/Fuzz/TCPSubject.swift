import StrataBase
import StrataInternet
import StrataLink
import StrataTransport
import StrataWire

/// One connection between a user who does what he likes and a peer who sends what it likes, with the
/// oracle that watches both.
final class TCPSubject {
  let connection: UnsafeMutablePointer<Connection>
  let pool: FramePool
  let name: ConnectionName
  let values: TCPSettings.Values
  let link: LinkCapabilities
  var oracle: TCPOracle
  var now: Instant
  var isGone = false
  /// Segments and deadlines that one step may take before it counts as endless.
  static let mostTurns = 20_000

  init(_ pool: FramePool, _ random: inout Random) {
    self.pool = pool
    let local = SocketName(Address(v4: 0x0a00_0001), 40_000),
      remote = SocketName(Address(v4: 0x0a00_0002), 80)
    let name = ConnectionName(local: local, remote: remote)
    let values = TCPSubject.values(&random)
    let link = TCPSubject.link(&random)
    let settings = TCPSettings(values)
    // Numbers wrap early now and then.
    let near =
      random.coin() ? UInt32.max - UInt32(random.number(70_000)) : UInt32(truncatingIfNeeded: random.next())
    let ours = SequenceNumber(near)
    let now = Instant.start + .milliseconds(Int64(random.number(100_000)))
    self.name = name
    self.values = values
    self.link = link
    self.now = now
    connection = .allocate(capacity: 1)
    if random.coin() {
      connection.initialize(
        to: Connection(
          active: name, slot: 1, owner: 0, settings: settings, link: link, initialSequence: ours,
          timestampOffset: UInt32(truncatingIfNeeded: random.next()), at: now, trace: Trace()))
      oracle = TCPOracle(name, ours: ours)
    } else {
      let agreement = TCPSubject.agreement(&random, ours, settings)
      connection.initialize(
        to: Connection(
          passive: name, slot: 1, owner: 0, settings: settings, link: link, agreement: agreement, at: now,
          trace: Trace()))
      oracle = TCPOracle(name, agreement)
    }
  }

  deinit {
    connection.deinitialize(count: 1)
    connection.deallocate()
  }

  private static func values(_ random: inout Random) -> TCPSettings.Values {
    var values = TCPSettings.Values()
    values.sendBuffer = random.one(of: [1, 1_000, 4_096, 20_000, 65_536, 262_144])
    values.receiveBuffer = random.one(of: [1, 536, 3_000, 65_535, 65_536, 262_144])
    values.noDelay = random.coin()
    values.windowScaling = !random.once(in: 4)
    values.sack = !random.once(in: 4)
    values.timestamps = random.coin()
    values.keepAlive =
      random.once(in: 3) ? KeepAlive(idle: .seconds(5), interval: .seconds(1), count: 3) : nil
    values.retries = UInt8(1 + random.number(15))
    values.synRetries = UInt8(random.number(7))
    values.maximumSegmentSize = random.once(in: 4) ? 1 + random.number(2_000) : nil
    values.linger = random.once(in: 8) ? .zero : nil
    return values
  }

  private static func link(_ random: inout Random) -> LinkCapabilities {
    switch random.number(4) {
    case 0: LinkCapabilities(largestSegment: LinkCapabilities.superSegment)
    case 1: LinkCapabilities(mtu: random.one(of: [68, 296, 576, 1_006]))
    default: LinkCapabilities()
    }
  }

  private static func agreement(
    _ random: inout Random, _ ours: SequenceNumber, _ settings: TCPSettings
  ) -> Agreement {
    let hasStamps = settings.values.timestamps && random.coin()
    return Agreement(
      ours: ours, theirs: SequenceNumber(UInt32(truncatingIfNeeded: random.next())),
      segmentSize: random.one(of: [48, 536, 1_460, 8_960]),
      sendShift: settings.values.windowScaling && random.coin() ? UInt8(random.number(15)) : nil,
      receiveShift: settings.receiveShift, sack: settings.values.sack && random.coin(),
      timestamps: hasStamps ? (UInt32(truncatingIfNeeded: random.next()), 1) : nil,
      window: random.one(of: [0, 1, 1_000, 65_535]), roundTrip: random.coin() ? .milliseconds(20) : nil)
  }

  var state: TCPState { connection.pointee.state }

  // MARK: the peer

  /// Hands the connection a segment whose checksum was found right.
  func receive(_ bytes: [UInt8]) throws {
    guard var frame = pool.take(large: bytes.count > Frame.standardRoom) else {
      throw Finding("\(pool.outstanding) frames are out")
    }
    frame.append(bytes.span.bytes)
    if let view = try? TCPView(bytes.span.bytes) { oracle.arrives(view) }
    let before = state
    let disposition = connection.pointee.receive(frame, at: now)
    if before == .synSent, state != .synSent, state != .closed, let view = try? TCPView(bytes.span.bytes) {
      oracle.takes(view, values)
      oracle.arrives(view)
    }
    try settle(disposition)
  }

  // MARK: the user

  func write(_ count: Int) {
    let from = oracle.written
    oracle.written += connection.pointee.write((0..<count).map { TCPOracle.byte(from + $0) }.span.bytes)
  }

  func read(_ count: Int) throws {
    var found: Finding?
    var left = count
    connection.pointee.drain { bytes in
      let n = min(bytes.byteCount, left)
      left -= n
      do { try oracle.delivers(bytes.extracting(first: n)) } catch { found = found ?? error as? Finding }
      return n
    }
    if let found { throw found }
  }

  func finish() throws {
    if connection.pointee.takesData { oracle.hasFinished = true }
    try settle(connection.pointee.closeWrite(at: now))
  }

  func close() throws {
    if isGone { return }
    isGone = true
    if connection.pointee.takesData { oracle.hasFinished = true }
    try settle(connection.pointee.close(at: now))
  }

  func abort() throws {
    isGone = true
    try settle(connection.pointee.abort(at: now))
  }

  func unreachable(_ error: ControlError) throws {
    try settle(connection.pointee.unreachable(error, at: now))
  }

  // MARK: time

  /// Lets time pass, deadline by deadline.
  func wait(until end: Instant) throws {
    var turns = 0
    while connection.pointee.nextDeadline != .never, connection.pointee.nextDeadline <= end {
      now = max(now, connection.pointee.nextDeadline)
      try settle(connection.pointee.expire(at: now))
      try pump()
      turns += 1
      try check(turns < TCPSubject.mostTurns, "its deadlines do not end: \(describe)")
      let isAhead = connection.pointee.nextDeadline > now
      try check(isAhead, "a deadline that passed is still there: \(describe)")
    }
    if end != .never { now = max(now, end) }
  }

  /// Takes everything that may go now.
  func pump() throws {
    var turns = 0
    while try emitOne() {
      turns += 1
      try check(turns < TCPSubject.mostTurns, "its output does not end: \(describe)")
    }
    try check(!connection.pointee.hasOutput, "it says that it has output, and gives none: \(describe)")
    try checkRest()
  }

  func emitOne() throws -> Bool {
    guard var frame = pool.take(large: connection.pointee.wantsLargeFrame) else {
      throw Finding("\(pool.outstanding) frames are out")
    }
    guard connection.pointee.emit(into: &frame, at: now) else { return false }
    // Who has gone reads nothing, and what he left unread counts no more.
    let window = isGone ? 1 << 31 : values.receiveBuffer
    try oracle.leaves(frame.bytes, window: window, largest: link.largestSegment)
    return true
  }

  // MARK: what holds

  private func settle(_ disposition: Disposition) throws {
    if disposition.contains(.closed) || disposition.contains(.timeWait) {
      try check(isGone, "it says that it ended while its user is there: \(describe)")
    }
    try checkRest()
  }

  private func checkRest() throws {
    let connection = connection
    try check(connection.pointee.failure != .broken, "an invariant broke: \(describe)")
    let info = connection.pointee.info
    let ring = TCPSubject.roundedUp(max(values.sendBuffer, 4_096))
    try check(info.sendQueue <= ring, "\(info.sendQueue) bytes wait for sending")
    let room = values.receiveBuffer + 16_384
    try check(info.receiveQueue + info.reassemblyQueue <= room, "it holds more than its window: \(info)")
    let most = ring + 1 << 20 + 2 * room + 65_536 + 4 * 65_856
    try check(info.memory <= most, "it holds \(info.memory) bytes of memory: \(describe)")
    try check(info.congestionWindow > 0, "its congestion window is \(info.congestionWindow)")
    try check(info.retransmissionTimeout > .zero, "its timeout is \(info.retransmissionTimeout)")
  }

  static func roundedUp(_ n: Int) -> Int {
    var power = 1
    while power < n { power *= 2 }
    return power
  }

  var describe: String {
    "\(state) at \(now), \(connection.pointee.failure.map { "\($0)" } ?? "no failure"), "
      + "next \(connection.pointee.nextDeadline), \(connection.pointee.info)"
  }
}
