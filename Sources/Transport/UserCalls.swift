import StrataBase

// The user's side (RFC 9293 §3.9.1): SEND and RECEIVE in place, and STATUS.

extension Connection {
  @inline(__always) public var readiness: Readiness {
    var bits: UInt8 = 0
    if failure != nil { bits = 15 & ~Readiness.peerClosed.rawValue }
    if let incoming, !incoming.pointee.queue.isEmpty { bits |= Readiness.readable.rawValue }
    if marked(.peerFinished) { bits |= Readiness.readable.rawValue | Readiness.peerClosed.rawValue }
    if isWritable { bits |= Readiness.writable.rawValue }
    return Readiness(rawValue: bits)
  }

  @inline(__always) private var isWritable: Bool {
    (state == .established || state == .closeWait) && !marked(.finishQueued) && isRoomy
  }

  /// A good part of what may wait for sending could be written now.
  @inline(__always) public var isRoomy: Bool {
    guard let outgoing else { return true }
    return outgoing.pointee.ring.free &* 4 >= outgoing.pointee.ring.capacity
  }

  // MARK: SEND

  /// Whether the user may write: bytes are taken now, or when there is room or the handshake is over.
  public var takesData: Bool { state.takesData && !marked(.finishQueued) && !marked(.resetPending) }

  /// Lets `body` fill the send buffer in place. It is called with each free piece and says how much it
  /// filled, until that is not all. Gives the bytes taken: 0 when nothing fits or nothing may be sent
  /// any more, which `readiness` and `state` tell apart.
  @discardableResult
  public mutating func fill(_ body: (inout MutableRawSpan) -> Int) -> Int {
    var done = 0
    while let free = writablePiece() {
      var piece = MutableRawSpan(_unsafeBytes: free)
      let used = min(max(body(&piece), 0), free.count)
      commit(used)
      done += used
      if used < free.count { break }
    }
    return done
  }

  /// The first half of `fill`, for an owner whose user may make other calls of this connection while he
  /// fills: the free piece of the send buffer, never an empty one. Nil when nothing is taken now. It is
  /// valid until bytes are put into the stream.
  public mutating func writablePiece() -> UnsafeMutableRawBufferPointer? {
    guard takesData else { return nil }
    let outgoing = needOutgoing()
    if outgoing.pointee.ring.free == 0, !growRing(outgoing, most: settings.shared.values.sendBuffer) {
      wasWritten()
      return nil
    }
    var piece = outgoing.pointee.ring.writable
    return piece.withUnsafeMutableBytes { $0 }
  }

  /// The second half of `fill`: the first `n` bytes of the piece were filled and are in the stream now.
  public mutating func commit(_ n: Int) {
    guard let outgoing, takesData else { return }
    outgoing.pointee.ring.commit(n)
    wasWritten()
  }

  /// A full ring grows while the congestion window would let more than half of it go at once: more than
  /// that would only wait longer.
  private func growRing(_ outgoing: UnsafeMutablePointer<Outgoing>, most: Int) -> Bool {
    let capacity = outgoing.pointee.ring.capacity
    if outgoing.pointee.congestion.window * 2 <= capacity { return false }
    outgoing.pointee.grow(most: most)
    return outgoing.pointee.ring.capacity > capacity
  }

  /// Copies in what fits and says how much that was.
  @discardableResult
  public mutating func write(_ bytes: RawSpan) -> Int {
    var at = 0
    return fill { piece in
      let n = min(piece.byteCount, bytes.byteCount - at)
      if n > 0 { piece.set(bytes.extracting(at..<(at + n)), at: 0) }
      at += n
      return n
    }
  }

  /// The level is announced by itself when it rises; a user who has just seen it fall will be told.
  private mutating func wasWritten() {
    announced &= readiness.rawValue
    noteLimit()
  }

  // MARK: RECEIVE

  /// Gives the bytes that came to `body`, in place, piece by piece. It says how much it used of each,
  /// until that is not all. Gives the sum.
  @discardableResult
  public mutating func drain(_ body: (RawSpan) -> Int) -> Int {
    var done = 0
    while let piece = readablePiece() {
      let used = min(max(body(RawSpan(_unsafeBytes: piece)), 0), piece.count)
      consume(used)
      done += used
      if used < piece.count { break }
    }
    return done
  }

  /// The first half of `drain`, for an owner whose user may make other calls of this connection while he
  /// reads: the next bytes that lie together. Nil when there are none. They are valid until bytes are
  /// consumed or the user goes.
  /// Mutating so that the connection is not copied to be looked at: 70 instructions.
  public mutating func readablePiece() -> UnsafeRawBufferPointer? { incoming?.pointee.queue.first() }

  /// The second half of `drain`: the first `n` bytes of the piece were read. True when the peer is to be
  /// told of the room that this made.
  @discardableResult
  public mutating func consume(_ n: Int) -> Bool {
    guard let incoming else { return false }
    incoming.pointee.queue.consume(n)
    announced &= readiness.rawValue
    if n > 0 { noteRead() }
    return marked(.acknowledgeNow)
  }

  /// Copies out what is there, up to the target's size.
  public mutating func read(into target: inout MutableRawSpan) -> Int {
    let capacity = target.byteCount
    return target.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      var done = 0
      return drain { bytes in
        let n = min(bytes.byteCount, capacity - done)
        bytes.withUnsafeBytes { source in
          if n > 0, let from = source.baseAddress { (base + done).copyMemory(from: from, byteCount: n) }
        }
        done += n
        return n
      }
    }
  }

  /// Copies bytes that came, from `offset` behind the next one on, and leaves them to be read.
  public func peek(into target: UnsafeMutableRawBufferPointer, from offset: Int = 0) -> Int {
    incoming.map { $0.pointee.queue.copy(from: offset, to: target) } ?? 0
  }

  /// Bytes that can be read without waiting.
  public var readableCount: Int { incoming.map { $0.pointee.queue.count } ?? 0 }
  /// The peer's stream has ended and all of it was read.
  public var atEndOfStream: Bool { marked(.peerFinished) && readableCount == 0 }
  /// Bytes that the user wrote and the peer has not acknowledged.
  public var unsentAndUnacknowledged: Int { outgoing.map { $0.pointee.ring.count } ?? 0 }

  /// The same in sequence numbers: an end that the user made counts one.
  public var unacknowledgedSequence: Int {
    unsentAndUnacknowledged + (marked(.finishQueued) && state.transmits ? 1 : 0)
  }
  /// Bytes that the user wrote and that were never sent.
  public var unsentCount: Int { max(unsentAndUnacknowledged - inFlight, 0) }
  /// The user has ended his stream: a FIN follows, or went.
  public var endsWriting: Bool { marked(.finishQueued) }
  /// The peer's FIN came; bytes may still wait in front of it.
  public var peerEnded: Bool { marked(.peerFinished) }

  // MARK: Options

  /// All settings at once. What was agreed on in the handshake stays.
  public mutating func apply(_ settings: TCPSettings, at now: Instant) {
    let keptAlive = self.settings.keepAlive
    setCongestion(settings.values.congestion)
    self.settings = settings
    noDelay = settings.noDelay
    if settings.keepAlive != keptAlive { setKeepAlive(settings.keepAlive, at: now) }
    noteLimit()
  }

  /// Nagle's algorithm off or on.
  public var noDelay: Bool {
    get { marked(.noDelay) }
    set { if newValue { marks.insert(.noDelay) } else { marks.remove(.noDelay) } }
  }

  public mutating func setKeepAlive(_ keepAlive: KeepAlive?, at now: Instant) {
    settings.keepAlive = keepAlive
    guard state.isSynchronized, state != .timeWait else { return }
    if state != .finWait2 || !marked(.userGone) { armIdleTimer(at: now) }
  }

  /// The algorithm of congestion control. The window stays as it is; how it goes on is the new one's.
  public mutating func setCongestion(_ choice: CongestionChoice) {
    if choice == settings.values.congestion { return }
    settings.congestion = choice
    guard let outgoing else { return }
    restingWindow = UInt32(clamping: outgoing.pointee.congestion.window)
    restingThreshold = UInt32(clamping: outgoing.pointee.congestion.threshold)
    outgoing.pointee.congestion = restingCongestion
  }

  /// See `TCPSettings.Values.userTimeout`.
  public mutating func setUserTimeout(_ timeout: Interval?) { settings.userTimeout = timeout }

  public mutating func setLinger(_ linger: Interval?) { settings.linger = linger }

  /// The most bytes that wait for sending. What is kept already stays; a ring that there is never shrinks.
  public mutating func setSendBuffer(_ count: Int) { settings.sendBuffer = count }

  /// The most bytes that wait for the user. What the peer was told of the window stays, and it never
  /// becomes larger than the handshake's scale can say.
  public mutating func setReceiveBuffer(_ count: Int) { settings.receiveBuffer = count }

  // MARK: STATUS

  public var info: TCPInfo {
    let minimum = outgoing.map { $0.pointee.rack.minimum.nanoseconds } ?? .max
    return TCPInfo(
      state: state, congestion: settings.values.congestion, usesECN: marked(.usesECN),
      congestionWindow: congestionWindow,
      slowStartThreshold: slowStartThreshold,
      sendWindow: Int(sendWindow), receiveWindow: receiveWindow, inFlight: inFlight,
      pipe: outgoing.map { pipe($0.pointee) } ?? inFlight, segmentSize: Int(segmentSize),
      roundTrip: roundTrip.isMeasured ? roundTrip.smoothed : nil,
      roundTripVariation: roundTrip.isMeasured ? roundTrip.variation : nil,
      minimumRoundTrip: minimum == .max ? nil : Interval(nanoseconds: minimum),
      retransmissionTimeout: roundTrip.timeout, retransmissions: Int(retransmissions),
      isRecovering: outgoing.map { $0.pointee.repair != .none } ?? false,
      bytesAcknowledged: acknowledgedCount, bytesReceived: receivedCount,
      sendQueue: unsentAndUnacknowledged, receiveQueue: readableCount,
      reassemblyQueue: incoming.map { $0.pointee.reassembly.count } ?? 0, memory: memory)
  }

  /// cwnd
  var congestionWindow: Int { outgoing?.pointee.congestion.window ?? Int(restingWindow) }
  /// ssthresh
  private var slowStartThreshold: Int {
    outgoing?.pointee.congestion.threshold ?? (restingThreshold == .max ? .max : Int(restingThreshold))
  }

  private var memory: Int {
    MemoryLayout<Connection>.stride + (outgoing.map { $0.pointee.memory } ?? 0)
      + (incoming.map { $0.pointee.memory } ?? 0)
  }
}
