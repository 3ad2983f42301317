import StrataBase
import StrataInternet
import StrataWire

// LISTEN and SYN-RECEIVED: the way of a peer's handshake into the finished queue.
extension TCP {
  // RFC 9293 §3.10.7.2: LISTEN
  /// `first`: no sequence number of ours may begin before it.
  mutating func arrivedAtListener(
    _ number: Int, _ header: SegmentHeader, _ key: ConnectionKey, _ packet: consuming Packet,
    from first: SequenceNumber? = nil, _ internet: inout Internet, at now: Instant
  ) {
    // "First, check for a RST: An incoming RST segment could not be valid since it could not have been
    // sent in response to anything sent by this incarnation of the connection. [...] ignored."
    if header.flags.contains(.rst) { return }
    // "Second, check for an ACK: Any acknowledgment is bad if it arrives on a connection still in the
    // LISTEN state. An acceptable reset segment should be formed for any arriving ACK-bearing segment."
    // One that brings a cookie back finishes a handshake.
    if header.flags.contains(.ack) {
      if let entry = entry(ofCookieIn: header, key, options(of: packet), listener: number, at: now) {
        guard let listener = listeners.pointer(number),
          let handle = makeConnection(entry, listener, &internet, at: now)
        else { return }
        counters.cookiesTaken += 1
        return admit(handle, entry, header, packet, &internet, at: now)
      }
      return refuse(header, key, &internet, at: now)
    }
    // "Third, check for a SYN". What else comes with it is sent again later: FIN and data are not kept.
    guard header.flags.contains(.syn), let listener = listeners.pointer(number) else { return }
    if listener.pointee.finished.isFull {
      counters.finishedQueueFull += 1
      return drop(.finishedQueueFull, listener, at: now)
    }
    let isFull = halfOpen.isFull || listener.pointee.halfOpen >= limits.halfOpenPerListener
    if isFull {
      counters.halfOpenFull += 1
      // A name that comes out of TIME-WAIT needs a number that a cookie cannot have.
      let mayGive = settings.values.synCookies && first == nil && !listener.pointee.asksFirst
      if !mayGive { return drop(.halfOpenFull, listener, at: now) }
    }
    guard let path = internet.path(to: key.remote, from: key.local) else {
      counters.noRoute += 1
      return
    }
    let entry = agree(number, header, key, options(of: packet), path, from: first, at: now)
    if isFull { return giveCookie(entry, &internet, at: now) }
    guard let index = halfOpen.insert(entry) else { return }
    demultiplexer.insert(key, Place(.halfOpen, index))
    listener.pointee.halfOpen += 1
    counters.halfOpened += 1
    queuesChanged(listener, at: now)
    if entry.isOffered { return offer(index, listener) }
    sendHandshake(entry, &internet, at: now)
  }

  /// What a SYN and our own settings come to.
  private func agree(
    _ listener: Int, _ header: SegmentHeader, _ key: ConnectionKey, _ options: TCPOptions, _ path: Path,
    from first: SequenceNumber?, at now: Instant
  ) -> HalfOpen {
    let sequence = initialSequence.sequence(key, at: now), settings = self.settings(of: listener)
    // RFC 9293 §3.7.1: "If an MSS Option is not received at connection setup, TCP implementations MUST
    // assume a default send MSS of 536 (576 - 40) for IPv4 or 1220 (1280 - 60) for IPv6"
    let theirs = options.maximumSegmentSize ?? (key.remote.isV4 ? 536 : 1_220)
    return HalfOpen(
      key: key, ours: first.map { SequenceNumber.max($0, sequence) } ?? sequence, theirs: header.sequence,
      recent: settings.values.timestamps ? options.timestamps?.value : nil, sentAt: now,
      window: header.window,
      segmentSize: min(max(theirs, Self.leastSegmentSize), segmentSize(of: path, settings)),
      listener: listener, sendShift: settings.values.windowScaling ? options.windowScale : nil,
      sack: settings.values.sack && options.sackPermitted,
      // RFC 3168 §6.1.1: a SYN with both flags offers it.
      ecn: settings.values.ecn && header.flags.contains([.ece, .cwr]),
      isOffered: listeners.pointer(listener)?.pointee.asksFirst ?? false)
  }

  /// Peers that ask for smaller segments than this would have us send little but headers; Linux'
  /// tcp_min_snd_mss.
  static var leastSegmentSize: UInt16 { 48 }

  /// The payload of a segment without options that a path takes.
  private func segmentSize(of path: Path, _ settings: TCPSettings) -> UInt16 {
    let headers = path.source.isV4 ? 40 : 60
    let wanted = max(settings.values.maximumSegmentSize ?? .max, Int(Self.leastSegmentSize))
    return UInt16(clamping: max(min(path.mtu - headers, wanted), 1))
  }

  /// Our SYN+ACK, the first time and again.
  /// `stamp`: what our timestamp is to say instead of the time.
  mutating func sendHandshake(
    _ entry: HalfOpen, stamp: UInt32? = nil, _ internet: inout Internet, at now: Instant
  ) {
    guard let path = internet.path(to: entry.key.remote, from: entry.key.local) else {
      counters.noRoute += 1
      return
    }
    var segment = ControlSegment(to: entry.key, flags: entry.ecn ? [.syn, .ack, .ece] : [.syn, .ack])
    let settings = settings(of: Int(entry.listener))
    segment.sequence = entry.ours
    segment.acknowledgment = entry.theirs + 1
    segment.window = settings.firstWindow
    segment.options.maximumSegmentSize = segmentSize(of: path, settings)
    segment.options.windowScale = entry.sendShift == nil ? nil : settings.receiveShift
    segment.options.sackPermitted = entry.sack
    if entry.timestamps {
      segment.options.timestamps = TCPTimestamps(
        value: stamp ?? clock(entry.key, at: now), echo: entry.recent)
    }
    send(segment, &internet, at: now)
  }

  /// What our timestamps say at `now` (RFC 7323 §4.1).
  func clock(_ key: ConnectionKey, at now: Instant) -> UInt32 {
    initialSequence.timestampOffset(key) &+ UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000)
  }

  /// Our ACK once more: the answer to what does not fit (RFC 9293 §3.10.7.4) and to what could be forged
  /// (RFC 5961).
  private mutating func acknowledge(_ entry: HalfOpen, _ internet: inout Internet, at now: Instant) {
    var segment = ControlSegment(to: entry.key, flags: .ack)
    let settings = settings(of: Int(entry.listener))
    segment.sequence = entry.ours + 1
    segment.acknowledgment = entry.theirs + 1
    segment.window = settings.firstWindow >> UInt16(entry.sendShift == nil ? 0 : settings.receiveShift)
    if entry.timestamps {
      segment.options.timestamps = TCPTimestamps(value: clock(entry.key, at: now), echo: entry.recent)
    }
    answer(segment, &internet, at: now)
  }

  /// A handshake comes to nothing.
  mutating func forget(_ index: Int, at now: Instant) {
    guard let handle = halfOpen.handle(at: index), let entry = halfOpen.remove(index) else { return }
    handshakes.remove(index)
    demultiplexer.remove(entry.key)
    guard let listener = listeners.pointer(Int(entry.listener)) else { return }
    listener.pointee.halfOpen -= 1
    if entry.isOffered { listener.pointee.offers.remove(handle) }
    queuesChanged(listener, at: now)
  }

  func queuesChanged(_ listener: UnsafeMutablePointer<Listener>, at now: Instant) {
    trace(
      Event(
        .queuesChanged, at: now, flow: listener.pointee.handle.slot,
        c: UInt32(truncatingIfNeeded: listener.pointee.halfOpen),
        d: UInt32(truncatingIfNeeded: listener.pointee.finished.count)))
  }

  private func drop(_ reason: SegmentDrop, _ listener: UnsafeMutablePointer<Listener>, at now: Instant) {
    trace(Event(.segmentDropped, at: now, flow: listener.pointee.handle.slot, c: reason.rawValue))
  }

  // RFC 9293 §3.10.7.4 for SYN-RECEIVED
  mutating func arrivedAtHalfOpen(
    _ index: Int, _ header: SegmentHeader, _ key: ConnectionKey, _ packet: consuming Packet,
    _ internet: inout Internet, at now: Instant
  ) {
    guard let entry = halfOpen.pointer(index)?.pointee else { return }
    if entry.isOffered { return arrivedAtOffer(index, entry, header, at: now) }
    let arrived = options(of: packet).timestamps
    let answers = header.flags.contains(.ack) && header.acknowledgment == entry.ours + 1
    // The segment that finishes the handshake is told by its connection.
    if !answers || !header.flags.isDisjoint(with: [.syn, .rst]) { traceArrival(header, at: now) }
    // Not said by the RFC's steps, but what a lost SYN+ACK leads to: the same SYN once more.
    if header.flags.intersection([.syn, .ack, .rst]) == .syn, header.sequence == entry.theirs {
      halfOpen.pointer(index)?.pointee.isAmbiguous = true
      return sendHandshake(entry, &internet, at: now)
    }
    // RFC 7323 §3.2: "If a non-<RST> segment is received without a TSopt, a TCP SHOULD silently drop the
    // segment."
    if entry.timestamps, arrived == nil, !header.flags.contains(.rst) { return }
    // "First, check sequence number", "Second, check the RST bit" with RFC 5961 §3.2: a reset has to hit
    // RCV.NXT exactly.
    guard isAcceptable(header, arrived, entry) else {
      if !header.flags.contains(.rst) { acknowledge(entry, &internet, at: now) }
      counters.unacceptable += 1
      return
    }
    if header.flags.contains(.rst) {
      if header.sequence != entry.theirs + 1 { return acknowledge(entry, &internet, at: now) }
      return forget(index, at: now)
    }
    // "Fourth, check the SYN bit": RFC 5961 §4.2, a challenge.
    if header.flags.contains(.syn) { return acknowledge(entry, &internet, at: now) }
    // "Fifth, check the ACK field: if the ACK bit is off, drop the segment and return".
    guard header.flags.contains(.ack) else { return }
    // "If the segment acknowledgment is not acceptable, form a reset segment <SEQ=SEG.ACK><CTL=RST>".
    guard answers else { return refuse(header, key, &internet, at: now) }
    finish(index, entry, header, packet, &internet, at: now)
  }

  /// RFC 9293 §3.4 and RFC 7323 §5.3 for a window that starts behind the peer's SYN.
  private func isAcceptable(
    _ header: SegmentHeader, _ arrived: TCPTimestamps?, _ entry: HalfOpen
  ) -> Bool {
    if entry.timestamps, let arrived, !header.flags.contains(.rst),
      Int32(bitPattern: arrived.value &- entry.recent) < 0
    {
      return false
    }
    let start = header.sequence - (entry.theirs + 1)
    let end = start + max(header.length, 1)
    return start < Int(settings(of: Int(entry.listener)).firstWindow) && end > 0
  }

  /// What a listener's connections are made with.
  private func settings(of listener: Int) -> TCPSettings {
    listeners.pointer(listener)?.pointee.settings ?? settings
  }

  /// The handshake's last ACK is here: a connection is made and gets that very frame.
  private mutating func finish(
    _ index: Int, _ entry: HalfOpen, _ header: SegmentHeader, _ packet: consuming Packet,
    _ internet: inout Internet, at now: Instant
  ) {
    guard let listener = listeners.pointer(Int(entry.listener)) else { return forget(index, at: now) }
    guard let handle = makeConnection(entry, listener, &internet, at: now) else { return }
    halfOpen.remove(index)
    handshakes.remove(index)
    listener.pointee.halfOpen -= 1
    admit(handle, entry, header, packet, &internet, at: now)
  }

  /// Nil when there is no room. The peer believes that it is connected; its data comes again, and our SYN+ACK
  /// too.
  private mutating func makeConnection(
    _ entry: HalfOpen, _ listener: UnsafeMutablePointer<Listener>, _ internet: inout Internet, at now: Instant
  ) -> Handle? {
    if listener.pointee.finished.isFull {
      counters.finishedQueueFull += 1
      drop(.finishedQueueFull, listener, at: now)
      return nil
    }
    guard let path = internet.path(to: entry.key.remote, from: entry.key.local) else {
      counters.noRoute += 1
      return nil
    }
    let place = UnsafeMutablePointer<Connection>.allocate(capacity: 1)
    let endpoint = Endpoint(connection: place, path: path, owner: 0, listener: Int(entry.listener))
    guard let handle = endpoints.insert(endpoint) else {
      place.deallocate()
      counters.tableFull += 1
      drop(.tableFull, listener, at: now)
      return nil
    }
    place.initialize(
      to: Connection(
        passive: ConnectionName(local: entry.key.localName, remote: entry.key.remoteName), slot: handle.slot,
        owner: 0, settings: listener.pointee.settings, link: internet.capabilities(of: path),
        agreement: agreement(of: entry, at: now), at: now, trace: trace))
    return handle
  }

  /// A connection whose handshake is finished waits to be accepted, and gets the segment that finished it.
  private mutating func admit(
    _ handle: Handle, _ entry: HalfOpen, _ header: SegmentHeader, _ packet: consuming Packet,
    _ internet: inout Internet, at now: Instant
  ) {
    guard let listener = listeners.pointer(Int(entry.listener)) else { return }
    demultiplexer.insert(entry.key, Place(.connection, handle.index))
    _ = listener.pointee.finished.push(handle)
    counters.accepted += 1
    notices.push(listener.pointee.handle.index)
    queuesChanged(listener, at: now)
    give(packet, header, entry.key, to: handle.index, &internet, at: now)
  }

  private func agreement(of entry: HalfOpen, at now: Instant) -> Agreement {
    Agreement(
      ours: entry.ours, theirs: entry.theirs, segmentSize: Int(entry.segmentSize), sendShift: entry.sendShift,
      receiveShift: settings(of: Int(entry.listener)).receiveShift, sack: entry.sack, ecn: entry.ecn,
      timestamps: entry.timestamps
        ? (offset: initialSequence.timestampOffset(entry.key), recent: entry.recent) : nil,
      window: Int(entry.window),
      // Karn's rule: after a retransmission nobody knows which of the two was acknowledged.
      roundTrip: !entry.isAmbiguous ? now - entry.sentAt : nil)
  }
}
