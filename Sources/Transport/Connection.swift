import StrataBase
import StrataLink
import StrataWire

/// One TCP connection, a machine without I/O: segments, the user's calls and instants go in; segments,
/// a deadline and a disposition come out (RFC 9293; the transmission control block of its §3.3.1).
///
/// A connection at rest is this value and nothing else. What is sent and not yet acknowledged, and what
/// came and is not yet read, lies in `Outgoing` and `Incoming`, which exist while they are needed.
///
/// Urgent data: the pointer is ignored, and the bytes stay in the stream where they are (RFC 6093).
///
/// ```swift
/// var client = Connection(active: name, slot: 0, owner: 0, settings: TCPSettings(), link: link,
///   initialSequence: isn, timestampOffset: 0, at: now, trace: trace)
/// while var frame = pool.take(), client.emit(into: &frame, at: now) { send(frame) }
/// let disposition = client.receive(segment, at: now)
/// ```
public struct Connection: ~Copyable {
  public let name: ConnectionName
  /// The number under which events are told.
  public let slot: UInt32
  /// The user's word for it; nothing here reads it.
  public var owner: UInt64
  let trace: Trace
  public internal(set) var settings: TCPSettings

  // MARK: Sending
  /// SND.UNA
  var sendUnacknowledged: SequenceNumber
  /// SND.NXT
  var sendNext: SequenceNumber
  /// SND.WL1 and SND.WL2: the segment that the window is from.
  var windowSequence: SequenceNumber
  var windowAcknowledgment: SequenceNumber
  /// SND.WND
  var sendWindow: UInt32
  /// MAX.SND.WND
  var largestWindow: UInt32
  /// Payload bytes before SND.UNA: the stream's offset there.
  var acknowledgedCount: UInt64 = 0
  var outgoing: UnsafeMutablePointer<Outgoing>?
  /// cwnd and ssthresh while there is nothing to send; else `Outgoing` has them.
  var restingWindow: UInt32
  var restingThreshold = UInt32.max
  var roundTrip: RoundTrip
  public internal(set) var retransmissions: UInt32 = 0

  // MARK: Receiving
  /// RCV.NXT
  var receiveNext: SequenceNumber
  /// RCV.NXT + RCV.WND as last advertised; it never moves back.
  var advertisedEdge: SequenceNumber
  /// Last.ACK.sent (RFC 7323 §4.3)
  var lastAcknowledgment: SequenceNumber
  /// Payload bytes before RCV.NXT.
  var receivedCount: UInt64 = 0
  var incoming: UnsafeMutablePointer<Incoming>?

  // MARK: Timestamps (RFC 7323)
  var timestampOffset: UInt32
  /// TS.Recent, and the second in which it was taken.
  var recentTimestamp: UInt32 = 0
  var recentTimestampAt: UInt32 = 0

  // MARK: Timers
  var transmitAt = Instant.never
  var acknowledgeAt = Instant.never
  var idleAt = Instant.never
  var lastHeard: Instant
  var transmitTimer = TCPTimer.none
  /// Timeouts, or probes without an answer, in a row.
  var attempts: UInt8 = 0
  /// Window probes since the user went and since the peer last took something.
  var orphanProbes: UInt8 = 0
  /// Challenge ACKs in the second `challengeSecond`.
  var challenges: UInt8 = 0
  var challengeSecond: UInt32 = 0

  // MARK: Agreed
  /// Payload of a full segment, options taken off: the effective send MSS (RFC 9293 §3.7.1).
  var segmentSize: UInt16
  /// The most payload that is handed down at once.
  var largestSegment: UInt16
  /// Payload of the largest segment that came: what "every second full segment" counts in.
  var receiveSegmentSize: UInt16
  /// The most payload that we tell the peer to put in a segment.
  let offeredSegmentSize: UInt16
  var sendShift: UInt8 = 0
  var receiveShift: UInt8 = 0
  var usesSACK: Bool
  var usesTimestamps: Bool

  // MARK: State
  public internal(set) var state: TCPState
  public internal(set) var failure: TCPFailure?
  var probe = PendingProbe.none
  /// The level that the owner knows.
  var announced: UInt8 = 0
  var marks: Marks = []

  /// What a probe that waits to be emitted is for.
  enum PendingProbe: UInt8 {
    case none
    /// Asks whether the peer's window is still closed.
    case window
    /// Finds out about a lost tail.
    case tail
    /// Asks whether the peer is still there.
    case keepAlive
  }

  /// Small truths about a connection.
  struct Marks: OptionSet {
    let rawValue: UInt32
    static var acknowledgeNow: Marks { Marks(rawValue: 1) }
    static var synchronizePending: Marks { Marks(rawValue: 2) }
    static var resetPending: Marks { Marks(rawValue: 4) }
    /// A FIN follows the last byte of the ring.
    static var finishQueued: Marks { Marks(rawValue: 8) }
    /// The user called `close`.
    static var userGone: Marks { Marks(rawValue: 16) }
    /// The peer's FIN came.
    static var peerFinished: Marks { Marks(rawValue: 32) }
    static var noDelay: Marks { Marks(rawValue: 64) }
    static var offloadsChecksum: Marks { Marks(rawValue: 128) }
    /// The congestion window, not the user, decided how much is on its way.
    static var congestionLimited: Marks { Marks(rawValue: 256) }
    static var isActive: Marks { Marks(rawValue: 512) }
    /// A SYN was sent again: no round trip can be measured on it, and the timeout starts higher.
    static var synchronizeRepeated: Marks { Marks(rawValue: 1_024) }
    /// What an ICMP error said: remembered for the time when the connection gives up (RFC 1122 §4.2.3.9).
    static var softHostError: Marks { Marks(rawValue: 2_048) }
    static var softNetworkError: Marks { Marks(rawValue: 4_096) }
    /// The FIN was sent at least once.
    static var finishSent: Marks { Marks(rawValue: 16_384) }
    /// Both ends understand ECN.
    static var usesECN: Marks { Marks(rawValue: 32_768) }
    /// A marked packet came, and no CWR since.
    static var echoesMark: Marks { Marks(rawValue: 65_536) }
    /// The next new segment says that the window became smaller.
    static var tellsReduction: Marks { Marks(rawValue: 131_072) }
    /// `emit` has to look at the persist timer.
    static var windowBlocked: Marks { Marks(rawValue: 8_192) }
  }

  /// An active open: the connection is in SYN-SENT, and `emit` gives its SYN. `timestampOffset` moves
  /// the clock that the peer is shown.
  public init(
    active name: ConnectionName, slot: UInt32, owner: UInt64, settings: TCPSettings, link: LinkCapabilities,
    initialSequence: SequenceNumber, timestampOffset: UInt32, at now: Instant, trace: Trace
  ) {
    let values = settings.values
    self.init(
      name: name, slot: slot, owner: owner, settings: settings, link: link, ours: initialSequence,
      theirs: SequenceNumber(0), state: .synSent, at: now, trace: trace)
    self.timestampOffset = timestampOffset
    receiveShift = values.windowScaling ? settings.receiveShift : 0
    marks.insert([.synchronizePending, .isActive])
    trace(Event(.stateChanged, at: now, flow: slot, c: UInt32(TCPState.closed.rawValue), d: 1))
  }

  /// A passive open whose SYN+ACK was sent: the connection is in SYN-RECEIVED, and the segment that
  /// finishes the handshake is given to `receive` next.
  public init(
    passive name: ConnectionName, slot: UInt32, owner: UInt64, settings: TCPSettings, link: LinkCapabilities,
    agreement: Agreement, at now: Instant, trace: Trace
  ) {
    self.init(
      name: name, slot: slot, owner: owner, settings: settings, link: link, ours: agreement.ours,
      theirs: agreement.theirs, state: .synReceived, at: now, trace: trace)
    sendNext = agreement.ours + 1
    receiveNext = agreement.theirs + 1
    lastAcknowledgment = receiveNext
    windowSequence = agreement.theirs
    advertisedEdge = receiveNext + min(0xffff, settings.values.receiveBuffer)
    sendWindow = UInt32(clamping: agreement.window)
    largestWindow = sendWindow
    sendShift = agreement.sendShift ?? 0
    receiveShift = agreement.sendShift == nil ? 0 : min(agreement.receiveShift, 14)
    usesSACK = agreement.sack
    if agreement.ecn { marks.insert(.usesECN) }
    usesTimestamps = agreement.timestamps != nil
    timestampOffset = agreement.timestamps?.offset ?? 0
    recentTimestamp = agreement.timestamps?.recent ?? 0
    recentTimestampAt = Self.second(now)
    agreeOnSize(peer: agreement.segmentSize)
    if let sample = agreement.roundTrip { measured(sample, at: now) }
    armSynchronizeTimer(at: now)
  }

  private init(
    name: ConnectionName, slot: UInt32, owner: UInt64, settings: TCPSettings, link: LinkCapabilities,
    ours: SequenceNumber, theirs: SequenceNumber, state: TCPState, at now: Instant, trace: Trace
  ) {
    let values = settings.values
    self.name = name
    self.slot = slot
    self.owner = owner
    self.settings = settings
    self.trace = trace
    self.state = state
    sendUnacknowledged = ours
    sendNext = ours
    windowSequence = theirs
    windowAcknowledgment = ours
    sendWindow = 0
    largestWindow = 0
    receiveNext = theirs
    advertisedEdge = theirs
    lastAcknowledgment = theirs
    timestampOffset = 0
    lastHeard = now
    usesSACK = values.sack
    usesTimestamps = values.timestamps
    // IPv6 headers are 20 bytes longer than the link's figures count.
    let headers = name.remoteAddress.isV4 ? 40 : 60
    let wanted = max(values.maximumSegmentSize ?? .max, Self.leastSegmentSize)
    offeredSegmentSize = UInt16(clamping: max(min(link.mtu - headers, wanted), 1))
    segmentSize = offeredSegmentSize
    // A link that takes one packet at a time takes no more than the user wants of a segment either.
    let takesSuper = link.largestSegment > link.mtu - LinkCapabilities.plainHeaders
    let most = takesSuper ? link.largestSegment - (headers - 40) : 0
    largestSegment = UInt16(clamping: max(most, Int(offeredSegmentSize)))
    receiveSegmentSize = UInt16(Self.defaultSegmentSize)
    restingWindow = UInt32(clamping: Congestion.initialWindow(536, values.initialWindow))
    roundTrip = RoundTrip(initialTimeout: values.initialTimeout)
    if values.noDelay { marks.insert(.noDelay) }
    if link.offloadsChecksum { marks.insert(.offloadsChecksum) }
  }

  deinit {
    releaseOutgoing()
    releaseIncoming()
  }

  /// RFC 9293 §3.7.1: "If an MSS Option is not received at connection setup, TCP implementations MUST
  /// assume a default send MSS of 536".
  static var defaultSegmentSize: Int { 536 }
  /// A smaller maximum that a peer or a user names is not believed: it would cost a header a byte. Only a
  /// link can be smaller: RFC 791 §3.1 lets one take 68 bytes.
  static var leastSegmentSize: Int { 48 }

  @inline(__always) func marked(_ mark: Marks) -> Bool { marks.rawValue & mark.rawValue != 0 }
  /// SND.NXT - SND.UNA
  @inline(__always) var inFlight: Int { sendNext - sendUnacknowledged }
  @inline(__always) static func second(_ now: Instant) -> UInt32 {
    UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000_000)
  }
}

// MARK: - Memory that follows use

extension Connection {
  /// The smallest send ring: two segments of the device's size, so that one can fill while one goes.
  var firstRing: Int { min(settings.values.sendBuffer, max(65_536, 2 * Int(largestSegment))) }

  func releaseOutgoing() {
    guard let outgoing else { return }
    outgoing.deinitialize(count: 1)
    outgoing.deallocate()
  }
  mutating func forgetOutgoing() {
    if let outgoing {
      restingWindow = UInt32(clamping: outgoing.pointee.congestion.window)
      restingThreshold = UInt32(clamping: outgoing.pointee.congestion.threshold)
    }
    releaseOutgoing()
    outgoing = nil
  }

  func releaseIncoming() {
    guard let incoming else { return }
    incoming.deinitialize(count: 1)
    incoming.deallocate()
  }

  /// What is sent lies here; it is made when it is first needed.
  mutating func needOutgoing() -> UnsafeMutablePointer<Outgoing> {
    if let outgoing { return outgoing }
    let place = UnsafeMutablePointer<Outgoing>.allocate(capacity: 1)
    place.initialize(to: Outgoing(capacity: firstRing, congestion: restingCongestion, at: lastHeard))
    outgoing = place
    return place
  }

  /// Congestion control with what is known of the path.
  var restingCongestion: Congestion {
    Congestion(
      settings.values.congestion, segmentSize: Int(segmentSize), burst: Int(largestSegment),
      initialSegments: settings.values.initialWindow, window: Int(restingWindow),
      threshold: restingThreshold == .max ? .max : Int(restingThreshold))
  }

  mutating func needIncoming() -> UnsafeMutablePointer<Incoming> {
    if let incoming { return incoming }
    let place = UnsafeMutablePointer<Incoming>.allocate(capacity: 1)
    place.initialize(to: Incoming())
    incoming = place
    return place
  }
}
