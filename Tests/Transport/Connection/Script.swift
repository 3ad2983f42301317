import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

@testable import StrataTransport

/// One connection and a peer that the test plays, line by line, at virtual times.
///
/// Numbers are relative: 0 is each side's SYN, 1 its first byte.
///
/// ```swift
/// let s = Script.established()
/// s.sends(.ack, seq: 1, ack: 1, text: "hello")
/// s.after(.milliseconds(40))
/// s.expects(.ack, seq: 1, ack: 6)
/// ```
final class Script {
  /// A segment as the connection emitted it.
  struct Segment: Equatable {
    var flags: TCPFlags
    var seq: Int
    var ack: Int
    var window: Int
    var payload: [UInt8]
    var options: TCPOptions
    var segmentSize: Int
  }

  let pointer: UnsafeMutablePointer<Connection>
  let pool = FramePool(standard: 20_000, large: 64)
  let log: UnsafeMutablePointer<EventLog>
  /// The connection's ISS, and the peer's.
  let ours: SequenceNumber
  let theirs: SequenceNumber
  var now = Instant.start + .seconds(100)
  var last: Disposition = []
  /// What the peer puts into its windows and timestamps.
  var window = 65_535
  var stamp: UInt32? = nil

  static let name = ConnectionName(
    local: SocketName(Address(v4: 0x0a00_0001), 40_000), remote: SocketName(Address(v4: 0x0a00_0002), 80))

  private init(
    ours: UInt32, theirs: UInt32, _ make: (SequenceNumber, SequenceNumber, Instant, Trace) -> Connection
  ) {
    self.ours = SequenceNumber(ours)
    self.theirs = SequenceNumber(theirs)
    log = .allocate(capacity: 1)
    log.initialize(to: EventLog(capacity: 4_096))
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: make(self.ours, self.theirs, now, Trace(log, host: 1)))
  }

  deinit {
    pointer.deinitialize(count: 1)
    pointer.deallocate()
    log.deinitialize(count: 1)
    log.deallocate()
    pool.destroy()
  }

  /// In SYN-SENT, its SYN not yet emitted.
  static func active(
    _ settings: TCPSettings = TCPSettings(), link: LinkCapabilities = LinkCapabilities(),
    ours: UInt32 = 1_000,
    theirs: UInt32 = 5_000
  ) -> Script {
    Script(ours: ours, theirs: theirs) { ours, _, now, trace in
      Connection(
        active: name, slot: 7, owner: 0, settings: settings, link: link, initialSequence: ours,
        timestampOffset: 0, at: now, trace: trace)
    }
  }

  /// In ESTABLISHED after a passive open.
  static func established(
    _ settings: TCPSettings = TCPSettings(), link: LinkCapabilities = LinkCapabilities(),
    ours: UInt32 = 1_000,
    theirs: UInt32 = 5_000, segmentSize: Int = 1_460, sack: Bool = true, timestamps: Bool = false,
    shift: UInt8? = nil, window: Int = 65_535
  ) -> Script {
    let script = Script(ours: ours, theirs: theirs) { ours, theirs, now, trace in
      Connection(
        passive: name, slot: 7, owner: 0, settings: settings, link: link,
        agreement: Agreement(
          ours: ours, theirs: theirs, segmentSize: segmentSize, sendShift: shift, receiveShift: shift ?? 0,
          sack: sack, timestamps: timestamps ? (0, 1) : nil, window: window), at: now, trace: trace)
    }
    script.window = window
    if timestamps { script.stamp = 1 }
    script.sends(.ack, seq: 1, ack: 1)
    return script
  }

  var connection: UnsafeMutablePointer<Connection> { pointer }
  var state: TCPState { pointer.pointee.state }
  var incoming: UnsafeMutablePointer<Incoming>? { pointer.pointee.incoming }
  /// SND.NXT
  var edge: Int { pointer.pointee.sendNext - ours }
  var info: TCPInfo { pointer.pointee.info }

  // MARK: The peer

  func sends(
    _ flags: TCPFlags, seq: Int, ack: Int = 0, text: String = "", bytes: [UInt8]? = nil, window: Int? = nil,
    options: TCPOptions = TCPOptions(), echo: UInt32 = 0
  ) {
    var options = options
    if let stamp, options.timestamps == nil { options.timestamps = TCPTimestamps(value: stamp, echo: echo) }
    let field = UInt16(clamping: window ?? self.window)
    guard
      let frame = Self.segment(
        pool, flags, theirs + seq, ours + ack, field, options, bytes ?? Array(text.utf8))
    else { return }
    last = pointer.pointee.receive(frame, at: now)
  }

  func sends(sack blocks: [(Int, Int)], seq: Int, ack: Int, window: Int? = nil) {
    var options = TCPOptions()
    for (left, right) in blocks {
      options.sackBlocks.append(SACKBlock(left: ours + left, right: ours + right))
    }
    sends(.ack, seq: seq, ack: ack, window: window, options: options)
  }

  static func segment(
    _ pool: FramePool, _ flags: TCPFlags, _ sequence: SequenceNumber, _ acknowledgment: SequenceNumber,
    _ window: UInt16, _ options: TCPOptions, _ payload: [UInt8]
  ) -> Frame? {
    guard var frame = pool.take(large: payload.count > 1_460) else { return nil }
    payload.withUnsafeBytes { frame.append(RawSpan(_unsafeBytes: $0)) }
    let count = 20 + options.encodedCount
    frame.prepend(count)
    var out = frame.mutableBytes
    _ = TCPHeader.emit(
      &out, at: 0, ports: name.portsIn, sequence: sequence, acknowledgment: acknowledgment, flags: flags,
      window: window, headerCount: count)
    options.emit(&out, at: 20)
    return frame
  }

  // MARK: The connection's segments

  /// The next segment; nil when nothing may go now.
  func next() -> Segment? {
    guard var frame = pool.take(large: pointer.pointee.wantsLargeFrame) else { return nil }
    guard pointer.pointee.emit(into: &frame, at: now) else { return nil }
    return read(frame)
  }

  private func read(_ frame: borrowing Frame) -> Segment? {
    guard let view = try? TCPView(frame.bytes) else { return nil }
    let pseudo = PseudoHeader.sum(
      source: Self.name.localAddress, destination: Self.name.remoteAddress, protocol: .tcp, count: frame.count
    )
    #expect(frame.notes.checksumIsVerified || view.checksumIsRight(pseudo: pseudo))
    #expect(view.ports == Self.name.portsOut)
    return Segment(
      flags: view.flags, seq: view.sequence - ours,
      ack: view.flags.contains(.ack) ? view.acknowledgment - theirs : 0,
      window: Int(view.window), payload: view.payload.array, options: TCPOptions.parse(view),
      segmentSize: Int(frame.notes.segmentSize))
  }

  @discardableResult
  func expects(
    _ flags: TCPFlags, seq: Int, ack: Int, length: Int = 0, window: Int? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> Segment? {
    guard let segment = next() else {
      Issue.record("nothing came, expected \(flags) \(seq) \(ack) \(length)", sourceLocation: sourceLocation)
      return nil
    }
    let seen = "\(segment.flags) seq \(segment.seq) ack \(segment.ack) length \(segment.payload.count)"
    #expect(
      segment.flags.subtracting(.psh) == flags && segment.seq == seq && segment.ack == ack
        && segment.payload.count == length, "saw \(seen)", sourceLocation: sourceLocation)
    if let window { #expect(segment.window == window, sourceLocation: sourceLocation) }
    return segment
  }

  func expectsNothing(sourceLocation: SourceLocation = #_sourceLocation) {
    if let segment = next() {
      Issue.record(
        "\(segment.flags) seq \(segment.seq) ack \(segment.ack) length \(segment.payload.count) came",
        sourceLocation: sourceLocation)
    }
  }

  /// Everything that may go now.
  @discardableResult
  func all() -> [Segment] {
    var segments: [Segment] = []
    while let segment = next() {
      segments.append(segment)
      if segments.count > 10_000 {
        Issue.record("it does not end")
        break
      }
    }
    return segments
  }

  /// Lets time pass; deadlines on the way fire at their time.
  func after(_ interval: Interval) {
    let end = now + interval
    while pointer.pointee.nextDeadline <= end {
      now = max(now, pointer.pointee.nextDeadline)
      last = pointer.pointee.expire(at: now)
      if pointer.pointee.hasOutput { break }
    }
    if !pointer.pointee.hasOutput || pointer.pointee.nextDeadline > end { now = end }
  }

  /// Goes to the next deadline and lets it fire.
  func deadline(sourceLocation: SourceLocation = #_sourceLocation) {
    let next = pointer.pointee.nextDeadline
    guard next != .never else {
      Issue.record("no deadline is set", sourceLocation: sourceLocation)
      return
    }
    now = max(now, next)
    last = pointer.pointee.expire(at: now)
  }

  // MARK: The user

  @discardableResult
  func writes(_ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes { pointer.pointee.write(RawSpan(_unsafeBytes: $0)) }
  }
  @discardableResult
  func writes(_ count: Int) -> Int { writes((0..<count).map { UInt8(truncatingIfNeeded: $0) }) }
  func reads() -> [UInt8] {
    var result: [UInt8] = []
    pointer.pointee.drain { bytes in
      result += bytes.array
      return bytes.byteCount
    }
    return result
  }
  func readsText() -> String { String(decoding: reads(), as: UTF8.self) }
  func closesWrite() { last = pointer.pointee.closeWrite(at: now) }
  func closes() { last = pointer.pointee.close(at: now) }
  func aborts() { last = pointer.pointee.abort(at: now) }

  /// Whether an event of this kind was told.
  func told(_ kind: Event.Kind, c: UInt32? = nil) -> Bool {
    guard log.pointee.count > 0 else { return false }
    for number in log.pointee.first...log.pointee.count {
      if let event = log.pointee.event(number), event.kind == kind, c == nil || event.c == c { return true }
    }
    return false
  }
}
