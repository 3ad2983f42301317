import StrataBase
import StrataTransport
import StrataWire

/// What may be true of a connection, from what its peer and its user did alone.
struct TCPOracle {
  let name: ConnectionName
  /// The connection's initial number, and the peer's once the connection took one.
  let ours: SequenceNumber
  var theirs: SequenceNumber?
  /// Bytes that the user wrote and read, and whether it wrote its last.
  var written = 0
  var read = 0
  var hasFinished = false
  /// Bytes of the peer's stream that were sent to the connection, and the offsets of its FINs.
  private var sent = ByteRanges(capacity: 1 << 16)
  private var finishes: [Int] = []
  /// The farthest byte, counted from the connection's first, that the peer ever allowed.
  private var allowed: Int
  /// One behind the last byte that the connection sent, counted so; a FIN counts one.
  private(set) var emitted = 0
  /// The last acknowledgment and the right edge of the window that the connection told, counted from
  /// the peer's first byte.
  private var told = 0
  private var edge: Int?
  /// What windows are shifted by, each way.
  private var sendShift = 0
  private var receiveShift = 0
  /// Both sides agreed on timestamps.
  private(set) var usesTimestamps = false

  /// For an active open.
  init(_ name: ConnectionName, ours: SequenceNumber) {
    self.name = name
    self.ours = ours
    allowed = 0
  }

  /// For a passive one.
  init(_ name: ConnectionName, _ agreement: Agreement) {
    self.name = name
    ours = agreement.ours
    theirs = agreement.theirs
    allowed = agreement.window
    usesTimestamps = agreement.timestamps != nil
    guard let shift = agreement.sendShift else { return }
    sendShift = Int(shift)
    receiveShift = Int(agreement.receiveShift)
  }

  /// The byte at this offset of what the user writes.
  static func byte(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: (offset &* 167) >> 3) }

  /// Bytes of the peer's stream from its first on without a gap.
  var contiguous: Int {
    guard let first = sent.ranges.first, first.lowerBound == 0 else { return 0 }
    return Int(first.upperBound)
  }

  // MARK: what goes in

  /// The peer sends this. `sequence` is where its payload begins.
  mutating func arrives(_ view: borrowing TCPView) {
    if view.flags.contains(.ack) {
      let acknowledged = view.acknowledgment - (ours + 1)
      let shift = view.flags.contains(.syn) ? 0 : sendShift
      if acknowledged <= emitted { allowed = max(allowed, acknowledged + Int(view.window) << shift) }
    }
    guard let theirs else { return }
    let start = ForgedSegment.start(of: view) - (theirs + 1)
    let end = start + view.payloadCount
    if view.flags.contains(.fin) { finishes.append(end) }
    if end > 0, start < end, end - told < 1 << 26 { sent.insert(UInt64(max(start, 0))..<UInt64(end)) }
  }

  /// The connection took the SYN of this segment; `values` is what it offered itself.
  mutating func takes(_ view: borrowing TCPView, _ values: TCPSettings.Values) {
    theirs = view.sequence
    let options = TCPOptions.parse(view)
    usesTimestamps = values.timestamps && options.timestamps != nil
    if values.windowScaling, let shift = options.windowScale {
      sendShift = Int(shift)
      receiveShift = Int(TCPSettings(values).receiveShift)
    }
    allowed = max(allowed, Int(view.window))
  }

  // MARK: what comes out

  /// Bytes that the connection gave its user.
  mutating func delivers(_ bytes: RawSpan) throws {
    guard let theirs else { throw Finding("\(bytes.byteCount) bytes came before the peer's SYN") }
    let first = theirs + 1 + read
    for at in 0..<bytes.byteCount where bytes.byte(at: at) != ForgedSegment.byte(first + at) {
      throw Finding("byte \(read + at) of the peer's stream is not what was sent")
    }
    read += bytes.byteCount
    try check(read <= contiguous, "\(read) bytes came, and only \(contiguous) were sent without a gap")
  }

  /// A segment that the connection emitted.
  mutating func leaves(_ bytes: RawSpan, window receiveBuffer: Int, largest: Int) throws {
    guard let view = try? TCPView(bytes) else { throw Finding("it emitted what is no segment") }
    try check(view.ports == name.portsOut, "it emitted a segment with foreign ports")
    let pseudo = PseudoHeader.sum(
      source: name.localAddress, destination: name.remoteAddress, protocol: .tcp, count: bytes.byteCount)
    try check(view.checksumIsRight(pseudo: pseudo), "it emitted a wrong checksum")
    try check(view.payloadCount <= largest, "it emitted a segment of \(view.payloadCount) bytes")
    if view.flags.contains(.ack) { try checkAcknowledgment(view, receiveBuffer) }
    if view.flags.contains(.rst) { return }
    try checkNumbers(view)
  }

  private mutating func checkAcknowledgment(_ view: borrowing TCPView, _ receiveBuffer: Int) throws {
    guard let theirs else { return }
    let acknowledged = view.acknowledgment - (theirs + 1)
    let isFinish = finishes.contains(acknowledged - 1) && acknowledged - 1 <= contiguous
    let gapless = contiguous
    try check(
      acknowledged <= gapless || isFinish,
      "it acknowledges \(acknowledged) of \(gapless) bytes that were sent")
    try check(acknowledged >= told, "its acknowledgment went back from \(told) to \(acknowledged)")
    told = acknowledged
    let shift = view.flags.contains(.syn) ? 0 : receiveShift
    let newEdge = acknowledged + Int(view.window) << shift
    // A SYN that is sent again cannot say more than 16 bits.
    if let edge, view.flags.isDisjoint(with: [.syn, .rst]) {
      // RFC 7323 §2.4: a scaled window is rounded, and so may seem to shrink by less than one unit.
      try check(newEdge + 1 << shift > edge, "its window shrank: the edge went from \(edge) to \(newEdge)")
    }
    try check(
      newEdge - read <= receiveBuffer + 1 << shift + 1,
      "it offers a window up to \(newEdge), \(newEdge - read) behind what was read")
    edge = max(edge ?? newEdge, newEdge)
  }

  private mutating func checkNumbers(_ view: borrowing TCPView) throws {
    if view.flags.contains(.syn) {
      return try check(view.sequence == ours && view.payloadCount == 0, "its SYN has another number")
    }
    let start = view.sequence - (ours + 1)
    let end = start + view.payloadCount
    if view.payloadCount > 0 {
      try check(
        start >= 0 && end <= written, "it sends \(start)..<\(end) of \(written) bytes that were written")
      try check(end <= max(allowed, start + 1), "it sends up to \(end), and the peer allowed \(allowed)")
      let payload = view.payload
      for at in 0..<payload.byteCount where payload.byte(at: at) != TCPOracle.byte(start + at) {
        throw Finding("byte \(start + at) is not sent as it was written")
      }
    }
    if view.flags.contains(.fin) {
      try check(hasFinished && end == written, "it sends a FIN at \(end) of \(written)")
    }
    emitted = max(emitted, end + (view.flags.contains(.fin) ? 1 : 0))
  }
}
